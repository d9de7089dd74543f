/** Every boundary of the house, each rule named for why it stands. A new arrow is a decision: change this file in review. */
const domain =
  'accounts|apps|chat|codes|confirmations|conflicts|courier|credentials|events|flows|followers|inbox|invitations|jssdk|links|login|me|menus|messages|mutes|oauth|permissions|quotas|redemptions|registrations|replies|resets|sessions|signins|templates|users'
const machinery = 'http|live|outbox|store|vault'

export default {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle hides who needs whom.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'simulator-is-a-second-opinion',
      severity: 'error',
      comment: 'If simulator and wechat shared code, their mistakes would cancel.',
      from: { path: '^packages/simulator/' },
      to: { path: '^packages/(wechat|server|client|widget|console)/' },
    },
    {
      name: 'wechat-stands-alone',
      severity: 'error',
      comment: 'The protocol library is installed by strangers: Node and itself, nothing else.',
      from: { path: '^packages/wechat/src/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/wechat/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'widget-has-no-dependency',
      severity: 'error',
      comment: 'Ten kilobytes, one element, no framework.',
      from: { path: '^packages/widget/src/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/widget/src/' },
    },
    {
      name: 'client-and-console-speak-http',
      severity: 'error',
      comment: 'They know the contract, never the server’s code.',
      from: { path: '^packages/(client|console)/src/' },
      to: { path: '^packages/(server|simulator|wechat)/' },
    },
    {
      name: 'server-product-knows-no-simulator',
      severity: 'error',
      comment: 'Only the playground composes the simulated world, and only main and tests start it.',
      from: { path: '^packages/server/src/', pathNot: ['^packages/server/src/playground/', '\\.test\\.ts$'] },
      to: { path: '^(packages/simulator|examples)/' },
    },
    {
      name: 'domain-knows-no-http',
      severity: 'error',
      comment: 'HTTP is spoken in routes.ts, and beside it in the schemas and streams it serves.',
      from: {
        path: `^packages/server/src/(${domain})/`,
        pathNot: '/(routes|schemas|watching|callback)\\.ts$|\\.test\\.ts$',
      },
      to: { path: '^packages/server/src/http/|node_modules/@?fastify' },
    },
    {
      name: 'machinery-knows-no-module',
      severity: 'error',
      comment: 'store, vault, live and http carry no business rules.',
      from: { path: `^packages/server/src/(${machinery})/`, pathNot: '\\.test\\.ts$' },
      to: { path: `^packages/server/src/(${domain})/` },
    },
    {
      name: 'modules-meet-at-their-face',
      severity: 'error',
      comment: 'Another module is reached through <noun>/<noun>.ts only.',
      from: { path: `^packages/server/src/(${domain})/`, pathNot: '\\.test\\.ts$' },
      to: {
        path: `^packages/server/src/(${domain})/`,
        pathNot: ['^packages/server/src/$1/', '^packages/server/src/([^/]+)/\\1\\.ts$'],
      },
    },
    {
      name: 'sql-lives-in-queries',
      severity: 'error',
      comment: 'SQL is written in queries.ts (and the store): one place to read, one place to port.',
      from: {
        path: '^packages/server/src/',
        pathNot: ['/queries\\.ts$', '^packages/server/src/store/', '\\.test\\.ts$', '^packages/server/src/app\\.ts$'],
      },
      to: { path: 'node_modules/kysely', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-main-composes',
      severity: 'error',
      comment: 'main → app → everything; nothing imports app or main.',
      from: {
        path: '^packages/server/src/',
        pathNot: [
          '^packages/server/src/(main|app|cli)\\.ts$',
          '^packages/server/src/(cli|playground)/',
          '\\.test\\.ts$',
          '^packages/server/src/harness\\.ts$',
        ],
      },
      to: { path: '^packages/server/src/(app|main|cli)\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['hufu-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
}
