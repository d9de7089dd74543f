// Made by tools/openapi.ts from docs/openapi.json; do not edit.

export interface paths {
    "/v1/accounts/{appid}/menu": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The account’s menu: draft, and what phones show */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Menu"];
                    };
                };
            };
        };
        /**
         * Keep a draft of the menu
         * @description Scope `replies`.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description As WeChat’s menu/create takes it: 1 to 3 buttons, each an act or 1 to 5 of its own */
                        button: {
                            [key: string]: unknown;
                        }[];
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Menu"];
                    };
                };
            };
        };
        post?: never;
        /** Take the menu away from the phones; the draft stays */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Menu"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{appid}/menu/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give the draft to WeChat
         * @description Phones show it within five minutes, or when they open the chat anew. Scope `replies`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Menu"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{appid}/replies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the account answers by itself, in the order in which it is tried
         * @description Scope `replies`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["ReplyRule"][];
                            next_cursor: null;
                            /** @description What new followers are told; null: the built-in greeting */
                            welcome: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /**
         * Add a reply rule
         * @description Scope `replies`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Capitals and full-width letters make no difference; keys of buttons count letter by letter */
                        keywords: string[];
                        /** @description What was written is a keyword, or contains one; a menu button with that key was tapped; or anything else was written */
                        kind: "exact" | "contains" | "click" | "any";
                        /** @description The highest is tried first */
                        priority?: number;
                        /** @description `{link}` or `{link:ap_…}` becomes a one-time link for the person who is answered */
                        text: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReplyRule"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{appid}/replies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Replace a reply rule
         * @description Scope `replies`.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Capitals and full-width letters make no difference; keys of buttons count letter by letter */
                        keywords: string[];
                        /** @description What was written is a keyword, or contains one; a menu button with that key was tapped; or anything else was written */
                        kind: "exact" | "contains" | "click" | "any";
                        /** @description The highest is tried first */
                        priority?: number;
                        /** @description `{link}` or `{link:ap_…}` becomes a one-time link for the person who is answered */
                        text: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReplyRule"];
                    };
                };
            };
        };
        post?: never;
        /**
         * Remove a reply rule
         * @description Scope `replies`.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{appid}/replies/welcome": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set what new followers are told
         * @description Scope `replies`.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appid: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What new followers are told; null: the built-in greeting */
                        welcome: string | null;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description What new followers are told; null: the built-in greeting */
                            welcome: string | null;
                        };
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a verification code to a user’s WeChat
         * @description The answer is the same whether or not there is such a user, who follows or not. What becomes of it is told by events: `code.accepted`, `code.delivered`, or `code.failed` with a reason, after which you may send one by SMS or mail. Six digits, good for five minutes; another one for the same purpose ends the former.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "user": "us_k3v5…",
                     *       "purpose": "更换手机号"
                     *     }
                     */
                    "application/json": {
                        /** @description Else where the user follows */
                        account?: string;
                        /** @description Of whoever asks: the message says where it was asked for */
                        browser?: {
                            ip?: string;
                            user_agent?: string;
                        };
                        /** @description Opaque value of your own session; the check must repeat it */
                        browser_binding?: string;
                        /** @enum {string} */
                        locale?: "zh-CN" | "en";
                        /** @description What it is for, in the person’s words: it stands in the message. A code is good for its purpose only */
                        purpose: string;
                        /** @description `us_…`, or your own id of the user */
                        user: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Code"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/codes/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check what somebody typed
         * @description Right once. Five tries, counted before they are looked at: `code_invalid` says how many are left, 0 also when the code is over. Spaces and full-width digits do not matter.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Opaque value of your own session; the check must repeat it */
                        browser_binding?: string;
                        /** @description As it was typed */
                        code: string | number;
                        /** @description What it is for, in the person’s words: it stands in the message. A code is good for its purpose only */
                        purpose: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conflicts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who wanted what belongs to somebody else
         * @description The newest first, of 30 days. For apps with the scope `conflicts`.
         */
        get: {
            parameters: {
                query?: {
                    cursor?: string;
                    /** @description 1 to 100, default 50 */
                    limit?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Conflict"][];
                            next_cursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conflicts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of them */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Conflict"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conflicts/{id}/release": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let the WeChat of your former user go
         * @description Only for a user who came into being by WeChat alone and has nothing to lose at your site. The person has to have asked, and scans once more.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Conflict"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/conflicts/{id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Undo a move
         * @description Within 24 hours, and while nothing of it has been changed again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Conflict"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The app’s event feed
         * @description In order, replayable for 30 days. Keep the id of the last event you handled and pass it as `after`. The `text` of a `follower.message` is there for a week, and only while the person follows.
         */
        get: {
            parameters: {
                query?: {
                    after?: string;
                    /** @description 1 to 1000, default 100 */
                    limit?: string;
                    /** @description Seconds, at most 25: hold an empty answer */
                    wait?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Event"][];
                            next_cursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a flow
         * @description For the visitor in front of your page. The answer holds the browser secret: give it to that browser and to nobody else.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description appid of the Official Account to use */
                        account?: string;
                        /**
                         * @description How sure the flow must be before it confirms
                         * @enum {string}
                         */
                        assurance?: "instant" | "tap" | "number" | "code";
                        /** @description The visitor’s, as your server saw it */
                        browser?: {
                            ip?: string;
                            user_agent?: string;
                        };
                        /** @description Opaque value of your own session; redeem must repeat it */
                        browser_binding?: string;
                        /** @description Shown masked on the phone, so that a person sees whose account is asked for */
                        display_name?: string;
                        /**
                         * @description `qr`: scan the account’s code and follow · `page`: scan a page of Hufu, nobody has to follow · `chat`: follow, and type a code in the chat
                         * @enum {string}
                         */
                        entry?: "qr" | "page" | "chat";
                        /** @description Seconds; login 180, bind and verify 300 by default */
                        expires_in?: number;
                        /** @description Your own id of the user */
                        external_user_id?: string;
                        /**
                         * @description `verify`: a yes to one purpose. It changes nothing about anybody, and logs nobody in
                         * @enum {string}
                         */
                        kind: "login" | "bind" | "verify";
                        /** @enum {string} */
                        locale?: "zh-CN" | "en";
                        /** @description Yours; given back to your backend */
                        metadata?: {
                            [key: string]: string;
                        };
                        /** @description Kind `verify`: what the yes is for, in the person’s words: the phone shows it */
                        purpose?: string;
                        /** @description RFC 3339: when your user last authenticated */
                        reauthenticated_at?: string;
                        /** @description One of the app’s registered return URLs */
                        return_to?: string;
                        /** @description Kind `verify`: `us_…`, or your own id. Nobody else’s WeChat may approve; without it, whoever scans */
                        user?: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flow"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read a flow, or wait for it to change */
        get: {
            parameters: {
                query?: {
                    /** @description A state, or `state:next` */
                    seen?: string;
                    /** @description Seconds, at most 25: hold the answer until the state differs from `seen` */
                    wait?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flow"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Cancel a flow */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flow"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand in the six digits that the phone shows */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        code: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flow"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a flow by server-sent events
         * @description `event: flow`, `data:` the flow. Ends at a final state; reconnect, or poll, when it is cut.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/redeem": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redeem a completion code
         * @description Once, from your backend. Start a new session of your own after it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        browser_binding?: string;
                        completion_code: string;
                        /** @description What you are about to do: any other flow is refused */
                        purpose?: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Redemption"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give the person who was unknown an id of your own */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Your own id of the user */
                        external_user_id: string;
                        registration_token: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Redemption"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{id}/registration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Register the person who is unknown
         * @description While `next` is `register`. First `{email, password}` or `{phone}`: a code is sent there, whoever has it. Then the same with `email_code` or `sms_code`.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email?: string;
                        email_code?: string;
                        /** @description After `credential_proof_required`: link this WeChat with the account that is there */
                        link?: boolean;
                        /** @description With `email`: the password they choose, 8 to 128 characters */
                        password?: string;
                        phone?: string;
                        sms_code?: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flow"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jssdk/signature": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a page for WeChat’s JS-SDK
         * @description The answer is what `wx.config` takes, by its own names; add `jsApiList`. The page’s origin must be the app’s, its host one of the account’s JS domains.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description appid of the Official Account to use */
                        account?: string;
                        /** @description The visitor’s address, as your server saw it: limits go by it */
                        ip?: string;
                        /** @description `location.href` of the page */
                        url: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            appId: string;
                            nonceStr: string;
                            signature: string;
                            timestamp: number;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at a link that brought somebody to your link URL */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Link"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links/{id}/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say which of your users has opened the link
         * @description For the user who is logged in with you, in the browser that brought the link. Send that browser to `continue_url`: only the follower the link was given to can confirm there, and then the two are linked.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Shown masked, so that a person sees whose account it is */
                        display_name?: string;
                        /** @description Seconds to confirm in */
                        expires_in?: number;
                        /** @description Your own id of the user */
                        external_user_id: string;
                        /** @enum {string} */
                        locale?: "zh-CN" | "en";
                        /** @description RFC 3339: when your user last authenticated */
                        reauthenticated_at?: string;
                        /** @description One of the app’s registered return URLs: where the phone goes after its yes */
                        return_to?: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            continue_url: string;
                            /** Format: date-time */
                            expires_at: string;
                            /** @description Under which your event feed tells how it ended */
                            flow_id: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/links/{id}/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a login for whoever opened the link
         * @description A flow like any other, but without a QR code: send the browser to its `wechat_url`, and redeem it when the browser is back.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        browser?: {
                            ip?: string;
                            user_agent?: string;
                        };
                        /** @description Opaque value of your own session; redeem must repeat it */
                        browser_binding?: string;
                        /** @description Seconds to confirm in */
                        expires_in?: number;
                        /** @enum {string} */
                        locale?: "zh-CN" | "en";
                        metadata?: {
                            [key: string]: string;
                        };
                        /** @description One of the app’s registered return URLs: where the phone goes after its yes */
                        return_to?: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Flow"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send one of your users a notice
         * @description By a template of the account they follow. The values are checked by WeChat’s rules first: 422 names every field that would be refused. What becomes of it is told by `message.…` events.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "user": "us_k3v5…",
                     *       "reach": "any",
                     *       "template": "order_shipped",
                     *       "data": {
                     *         "thing1": "铁观音",
                     *         "time3": "2026年11月21日 15:01"
                     *       },
                     *       "text": "您的订单已发货",
                     *       "url": "https://shop.example/orders/42"
                     *     }
                     */
                    "application/json": {
                        /** @description Else where the user follows */
                        account?: string;
                        /** @description A value for each of the template’s fields: `{"thing1": "绿茶"}` */
                        data?: {
                            [key: string]: string;
                        };
                        /** @description What a tap opens where there is one; `url` elsewhere */
                        mini_program?: {
                            appid: string;
                            pagepath?: string;
                        };
                        /**
                         * Format: date-time
                         * @description A day after `send_at` by default
                         */
                        not_after?: string;
                        /** @description The same by a one-time subscription message, see POST /v1/users/{id}/subscriptions */
                        one_time?: {
                            /** @description 1 to 200 characters, with line breaks */
                            content: string;
                            /** @description A number of yours, for what people are asked: what is allowed for one is not for another */
                            scene: number;
                            /** @description WeChat’s, as the account’s console shows it (接口权限 → 一次性订阅消息) */
                            template_id: string;
                            /** @description 1 to 15 characters */
                            title: string;
                        };
                        /**
                         * @description The first of these ways that is allowed now; `skipped` says why not the others
                         * @enum {string}
                         */
                        reach?: "any";
                        /**
                         * Format: date-time
                         * @description At most 30 days from now
                         */
                        send_at?: string;
                        /** @description The same by a subscription notice */
                        subscription?: {
                            /** @description A value for each of the template’s fields: `{"thing1": "绿茶"}` */
                            data: {
                                [key: string]: string;
                            };
                            /** @description Its id or name, see GET /v1/templates */
                            template: string;
                        };
                        /** @description Its id or name, see GET /v1/templates */
                        template?: string;
                        /** @description The same as words in the chat */
                        text?: string;
                        /** @description What a tap opens: a page of the app’s origins */
                        url?: string;
                        /** @description `us_…`, or your own id of the user */
                        user: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of a message */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Take back what is not sent yet; where WeChat may have it already it ends as `unknown` */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}/reply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer what one of your users wrote, or tapped in the menu
         * @description The id is that of a `follower.message` or `follower.menu` event. An app with `reply-within` answers in the push itself while it is open; else it is a customer-service message, which WeChat allows five times within 48 hours after a message, three times within a minute after a tap.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description At most 2048 bytes of UTF-8 */
                        text: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a list of users a notice
         * @description Up to 10 000 users, who become messages by and by. Every value is checked by WeChat’s rules first; users that are not known fail alone. Nobody gets it twice. `batch.finished` tells when nothing is under way any more, `batch.paused` that Hufu could not go on.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "users": [
                     *         "us_k3v5…",
                     *         {
                     *           "user": "42",
                     *           "data": {
                     *             "thing1": "普洱"
                     *           }
                     *         }
                     *       ],
                     *       "template": "order_shipped",
                     *       "data": {
                     *         "thing1": "铁观音",
                     *         "time3": "2026年11月21日 15:01"
                     *       }
                     *     }
                     */
                    "application/json": {
                        /** @description Else where each user follows */
                        account?: string;
                        data?: {
                            [key: string]: string;
                        };
                        /** @description What a tap opens where there is one; `url` elsewhere */
                        mini_program?: {
                            appid: string;
                            pagepath?: string;
                        };
                        /**
                         * Format: date-time
                         * @description A day after `send_at` by default
                         */
                        not_after?: string;
                        /**
                         * Format: date-time
                         * @description At most 30 days from now
                         */
                        send_at?: string;
                        /** @description Its id or name, see GET /v1/templates */
                        template: string;
                        /** @description What a tap opens: a page of the app’s origins */
                        url?: string;
                        /** @description `us_…`, or your own ids; or `{"user": …, "data": {…}}` with values beside those for all */
                        users: (string | {
                            data?: {
                                [key: string]: string;
                            };
                            user: string;
                        })[];
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Batch"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a batch is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Batch"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back what is not sent yet, for good */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Batch"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hold back what is not sent yet */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Batch"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with a batch that was paused */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Batch"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The templates that messages can be sent by, with their fields
         * @description As WeChat last told; asked again every hour, and by `hufu template sync`.
         */
        get: {
            parameters: {
                query?: {
                    account?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Template"][];
                            next_cursor: null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/templates/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * How a message would look, and what WeChat would refuse in it
         * @description Nothing is sent.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        account: string;
                        data: {
                            [key: string]: string;
                        };
                        /** @description Its id or name */
                        template: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Why it would not be sent; empty where it would be */
                            errors: {
                                message: string;
                                path: string;
                            }[];
                            /** @description As the phone shows them */
                            lines: string[];
                            title: string;
                            /** @description What is sent, and WeChat may refuse or show in part */
                            warnings: {
                                message: string;
                                path: string;
                            }[];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find a user by your own id */
        get: {
            parameters: {
                query: {
                    /** @description Your own id of the user */
                    external_user_id: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["User"][];
                            next_cursor: null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look up a user */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete your user
         * @description Your part of the person: your own id of them, their flows, what your feed said of them. A person with no other site and no credential of their own is erased. Cannot be undone.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/binding": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Unlink your user from the WeChat */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that Hufu keeps of your user for you
         * @description Your part of the person, for somebody who asks for their data. What other sites know is not in it.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserExport"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/external_user_id": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Attach your own id to a user */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Your own id of the user */
                        external_user_id: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/reach": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What may be sent to this user now, and why not the rest */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            data: components["schemas"]["Reachability"][];
                            next_cursor: null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask this user to allow one message
         * @description A one-time subscription message (一次性订阅消息). Lead the user, who is in WeChat, to `url`: WeChat’s page asks them, and they come back to `return_url` with `subscription` and `result`, `allowed` or `declined`. What counts is the event `subscription.allowed`, and GET /v1/users/{id}/reach.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Else where the user follows */
                        account?: string;
                        /** @description A page of the app’s origins */
                        return_url: string;
                        /** @description A number of yours, for what people are asked: what is allowed for one is not for another */
                        scene: number;
                        /** @description WeChat’s, as the account’s console shows it (接口权限 → 一次性订阅消息) */
                        template_id: string;
                    };
                };
            };
            responses: {
                /** @description Refused */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Refused */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * Format: date-time
                             * @description Until then it may be opened
                             */
                            expires_at: string;
                            id: string;
                            /** @description For this user alone */
                            url: string;
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Batch: {
            /** @description WeChat has it */
            accepted: number;
            /** Format: date-time */
            created_at: string;
            /** @description WeChat says that it arrived */
            delivered: number;
            expired: number;
            failed: number;
            /** @description Users of whom no message was made. What becomes of messages is told by `message.…` events */
            failures: {
                /** @description In `users`, from 0 */
                position: number;
                /** @description `unknown_user`, `no_wechat`, `content_refused`, `expired`, `duplicate`: the same WeChat twice */
                reason: string;
            }[];
            /** Format: date-time */
            finished_at?: string;
            /** @description Erased since */
            forgotten: number;
            id: string;
            /** @description Not sent yet */
            queued: number;
            /** @description `internal`: Hufu failed, again and again, to make messages of the list, and has paused it. Its operator finds why in the log; then resume */
            reason?: string;
            /** Format: date-time */
            send_at?: string;
            sending: number;
            /** @enum {string} */
            state: "running" | "paused" | "cancelled" | "finished";
            /** @description Not sent by the wish of the person, or yours */
            suppressed: number;
            template: string;
            /** @description Users in the list. The numbers below add up to it */
            total: number;
            /** @description WeChat was asked and did not answer, and is not asked again */
            unknown: number;
        };
        Code: {
            /** Format: date-time */
            expires_at: string;
            id: string;
            /** @description Seconds until another one may be asked for */
            resend_after: number;
        };
        Conflict: {
            /** @description appid */
            account: string;
            /** Format: date-time */
            created_at: string;
            /** @description Masked: the account that was to be linked */
            display_name?: string;
            flow_id?: string;
            id: string;
            /** Format: date-time */
            moved_at?: string;
            /** @description Your user on the other side, if there is one */
            other_user_id?: string;
            /** @description `wechat_already_bound`, `user_already_bound`, or `same_person`, found by its id only */
            reason: string;
            released: boolean;
            /** @description How often it was met */
            seen: number;
            /** @description `open`, `asked`, `refused`, `moved` or `undone` */
            state: string;
            /** @description Your user who has what is wanted */
            user_id?: string;
        };
        Event: {
            /** Format: date-time */
            at: string;
            data: {
                [key: string]: unknown;
            };
            id: string;
            /** @description Such as `binding.created`; ignore types you do not know */
            type: string;
        };
        Flow: {
            account: {
                appid: string;
                name: string;
            };
            app: {
                id: string;
                name: string;
            };
            /**
             * @description How sure the flow must be before it confirms
             * @enum {string}
             */
            assurance: "instant" | "tap" | "number" | "code";
            /** @description To be typed in the account’s chat, beside the QR code that leads there; entry `chat` */
            chat_code?: string;
            /** @description Only for the browser secret, from confirmed until redeemed; 60 s from when it was first read */
            completion_code?: string;
            display_name?: string;
            /**
             * @description `qr`: scan the account’s code and follow · `page`: scan a page of Hufu, nobody has to follow · `chat`: follow, and type a code in the chat
             * @enum {string}
             */
            entry: "qr" | "page" | "chat";
            /** Format: date-time */
            expires_at: string;
            id: string;
            /**
             * @description `verify`: a yes to one purpose. It changes nothing about anybody, and logs nobody in
             * @enum {string}
             */
            kind: "login" | "bind" | "verify";
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description What the page has to do
             * @enum {string|null}
             */
            next: "scan" | "phone" | "enter_code" | "register" | "finish" | null;
            /** @description Two digits to type on the phone; only for the browser secret */
            number?: string;
            /** @description What WeChat says of the person, where your app asks for it and the person agreed. Nicknames prove nothing */
            profile?: {
                avatar_url?: string;
                nickname: string;
            };
            /** @description Kind `verify`: what the yes is for, in the person’s words: the phone shows it */
            purpose?: string;
            qr: {
                content: string;
                svg: string;
            };
            /** @enum {string} */
            reason?: "wechat_already_bound" | "user_already_bound" | "too_many_tries" | "snapshot_user" | "not_following";
            /** @description While `next` is `register`: how the person who is unknown may register */
            registration?: {
                methods: ("email" | "phone")[];
                /** @description Only in the answer to the call that sent a code */
                sent?: {
                    /** Format: date-time */
                    expires_at: string;
                    /** @enum {string} */
                    method: "email" | "phone";
                    /**
                     * Format: date-time
                     * @description When another code may be asked for
                     */
                    resend_at: string;
                    /** @description Masked */
                    to: string;
                };
            };
            return_to?: string;
            /** @description The browser secret; only in the answer to the call that began the flow */
            secret?: string;
            /** @enum {string} */
            state: "waiting" | "scanned" | "registration_required" | "confirmed" | "completed" | "declined" | "expired" | "cancelled" | "failed";
            /** @description For a page that is open inside WeChat itself, instead of the QR code */
            wechat_url?: string;
        };
        Link: {
            /** @description appid of the Official Account it was handed out by */
            account: string;
            /**
             * Format: date-time
             * @description Until then it may be claimed or logged in with
             */
            expires_at: string;
            id: string;
            /** @description Whether this person is one of your users already. Log nobody in by it: only `login` proves who is there */
            known: boolean;
        };
        Menu: {
            draft?: {
                /** @description As WeChat’s menu/create takes it: 1 to 3 buttons, each an act or 1 to 5 of its own */
                button: {
                    [key: string]: unknown;
                }[];
            };
            published?: {
                /** @description As WeChat’s menu/create takes it: 1 to 3 buttons, each an act or 1 to 5 of its own */
                button: {
                    [key: string]: unknown;
                }[];
            };
            /** Format: date-time */
            published_at?: string;
            /** Format: date-time */
            saved_at?: string;
        };
        Message: {
            /** @description appid */
            account: string;
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            delivered_at?: string;
            /** Format: date-time */
            finished_at?: string;
            id: string;
            in_reply_to?: string;
            /**
             * @description `internal`: Hufu failed at it; its operator finds why in the log
             * @enum {string}
             */
            reason?: "not_following" | "refused_by_user" | "not_subscribed" | "reply_window_over" | "content_refused" | "account_refused" | "quota" | "wechat_failed" | "expired" | "muted" | "cancelled" | "internal" | "unknown";
            /** @description Of a one-time subscription message */
            scene?: number;
            /** Format: date-time */
            send_at?: string;
            /** @description Ways that were not allowed when it was accepted */
            skipped?: {
                account: string;
                /**
                 * @description `internal`: Hufu failed at it; its operator finds why in the log
                 * @enum {string}
                 */
                reason: "not_following" | "refused_by_user" | "not_subscribed" | "reply_window_over" | "content_refused" | "account_refused" | "quota" | "wechat_failed" | "expired" | "muted" | "cancelled" | "internal" | "unknown";
                /** @enum {string} */
                via: "template" | "subscription" | "one_time" | "customer_service";
            }[];
            /**
             * @description `accepted`: WeChat has it; `delivered`: WeChat says that it arrived; `unknown`: WeChat was asked and did not answer, and is not asked again; `suppressed`: not sent by the wish of the person, or yours
             * @enum {string}
             */
            state: "queued" | "sending" | "accepted" | "delivered" | "failed" | "unknown" | "expired" | "suppressed";
            /** @description WeChat’s template_id */
            template?: string;
            /**
             * @description `passive`: as the answer of the push itself
             * @enum {string}
             */
            via?: "template" | "subscription" | "one_time" | "customer_service" | "passive";
            /** @description Why WeChat refused it last */
            wechat_errcode?: number;
        };
        /** @description A problem document (RFC 9457) */
        Problem: {
            /** @description Stable; decide by it */
            code: string;
            /** @description What to do */
            detail?: string;
            errors?: {
                message: string;
                path: string;
            }[];
            /** @description With `credential_proof_required`: `consent`, `password` or `support` */
            needs?: string;
            request_id: string;
            status: number;
            title: string;
            tries_left?: number;
            type: string;
            /** @description With `user_unreachable`: why each of the ways is not open */
            ways?: {
                account?: string;
                advice?: string;
                reason: string;
                way: string;
            }[];
        };
        Reachability: {
            /** @description appid */
            account: string;
            following: boolean;
            /** @description The person wants no notices of your app; codes still come */
            muted: boolean;
            /** @description One-time subscription messages that they have allowed, each for one scene */
            one_time: {
                remaining: number;
                scene: number;
                template_id: string;
            }[];
            subscriptions: {
                name?: string;
                /** @description Absent: as many as you like */
                remaining?: number;
                template: string;
                title: string;
            }[];
            templates: {
                allowed: boolean;
                /**
                 * @description `internal`: Hufu failed at it; its operator finds why in the log
                 * @enum {string}
                 */
                reason?: "not_following" | "refused_by_user" | "not_subscribed" | "reply_window_over" | "content_refused" | "account_refused" | "quota" | "wechat_failed" | "expired" | "muted" | "cancelled" | "internal" | "unknown";
            };
            /** @description What the person did keeps the chat open: for two days what they wrote, for a minute a tap, a scan or their following. `until` is the longest of these, `remaining` what is left of all */
            text?: {
                remaining: number;
                /** Format: date-time */
                until: string;
            };
            ways: {
                /** @description What you can do, for whoever writes your site */
                advice?: string;
                allowed: boolean;
                /**
                 * @description `internal`: Hufu failed at it; its operator finds why in the log
                 * @enum {string}
                 */
                reason?: "not_following" | "refused_by_user" | "not_subscribed" | "reply_window_over" | "content_refused" | "account_refused" | "quota" | "wechat_failed" | "expired" | "muted" | "cancelled" | "internal" | "unknown";
                /** @enum {string} */
                way: "template" | "subscription" | "one_time" | "customer_service";
            }[];
        };
        Redemption: {
            assurance: string;
            /**
             * @description Begin a session for `login` only: a `verify` is a yes to its purpose, and nothing more
             * @enum {string}
             */
            kind: "login" | "bind" | "verify";
            /** @description Kind `verify`: what the person read, and agreed to */
            purpose?: string;
            /** @description Policy `site`, unknown person: hand it to `register` within 30 minutes */
            registration_token?: string;
            user: {
                external_user_id?: string;
                id: string;
                is_new: boolean;
            } | null;
            wechat: {
                /** @description appid */
                account: string;
                openid?: string;
                /** @description What WeChat says of the person, where your app asks for it and the person agreed. Nicknames prove nothing */
                profile?: {
                    avatar_url?: string;
                    nickname: string;
                };
                subscribed: boolean;
                unionid?: string;
            };
        };
        ReplyRule: {
            id: string;
            /** @description Capitals and full-width letters make no difference; keys of buttons count letter by letter */
            keywords: string[];
            /** @description What was written is a keyword, or contains one; a menu button with that key was tapped; or anything else was written */
            kind: "exact" | "contains" | "click" | "any";
            priority: number;
            /** @description `{link}` or `{link:ap_…}` becomes a one-time link for the person who is answered */
            text: string;
        };
        Template: {
            /** @description appid */
            account: string;
            content: string;
            example: string;
            fields: {
                /** @description As `data` names it */
                key: string;
                /** @description What stands before the value on the phone */
                label: string;
                /** @description Characters; most emoji count twice */
                max_length?: number;
                /** @description `thing`, `time`, `amount` …: what a value may say (see the guide); `free` has no rule that WeChat tells; `removed` is shown to nobody and must be left out */
                type: string;
                /** @description All that a field of type `enum` may say */
                values?: string[];
            }[];
            /** @description WeChat’s template_id */
            id: string;
            kind: "template" | "subscription";
            /** @description What the operator calls it, on every account alike */
            name?: string;
            /** @description A permission is good for one notice */
            one_time?: boolean;
            title: string;
        };
        User: {
            /** @description appids of the Official Accounts this person is linked with */
            accounts: string[];
            /** Format: date-time */
            created_at: string;
            external_user_id?: string;
            id: string;
        };
        UserExport: {
            /** Format: date-time */
            created_at: string;
            events: {
                [key: string]: unknown;
            }[];
            external_user_id?: string;
            id: string;
            identities: ({
                kind: string;
                since: string;
            } & {
                [key: string]: unknown;
            })[];
        } & {
            [key: string]: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
