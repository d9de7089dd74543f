/** Portable on purpose: text ids, integer milliseconds, JSON as text, timestamps instead of booleans where they say more. */
export const first = `
CREATE TABLE vault_keys (
  id INTEGER PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('seal', 'index', 'derive')),
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
  appid TEXT PRIMARY KEY,
  original_id TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('service', 'subscription', 'test')),
  verified INTEGER NOT NULL CHECK (verified IN (0, 1)),
  simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
  mode TEXT NOT NULL CHECK (mode IN ('plaintext', 'compatible', 'safe')),
  allow_plaintext INTEGER NOT NULL CHECK (allow_plaintext IN (0, 1)),
  callback_key TEXT NOT NULL UNIQUE,
  secret_sealed BLOB NOT NULL,
  token_sealed BLOB NOT NULL,
  encoding_aes_key_sealed BLOB,
  on_unfollow TEXT NOT NULL CHECK (on_unfollow IN ('keep_index', 'erase')),
  open_platform TEXT,
  welcome TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  CHECK (mode = 'plaintext' OR encoding_aes_key_sealed IS NOT NULL)
) STRICT;

CREATE TABLE credentials (
  appid TEXT NOT NULL REFERENCES accounts (appid),
  kind TEXT NOT NULL CHECK (kind IN ('access_token', 'jsapi_ticket')),
  value_sealed BLOB NOT NULL,
  fetched_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (appid, kind)
) STRICT;

CREATE TABLE apps (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  allowed_origins TEXT NOT NULL,
  return_urls TEXT NOT NULL,
  scopes TEXT NOT NULL,
  login_assurance TEXT NOT NULL CHECK (login_assurance IN ('instant', 'tap', 'number', 'code')),
  bind_assurance TEXT NOT NULL CHECK (bind_assurance IN ('instant', 'tap', 'number', 'code')),
  registration TEXT NOT NULL CHECK (registration IN ('auto', 'site')),
  reauthenticate_within INTEGER,
  appid TEXT REFERENCES accounts (appid),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES apps (id),
  secret_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE identities (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL CHECK (kind IN ('wechat', 'union', 'external', 'email', 'phone')),
  namespace TEXT NOT NULL,
  value_index TEXT NOT NULL,
  value_sealed BLOB,
  created_at INTEGER NOT NULL,
  UNIQUE (kind, namespace, value_index)
) STRICT;
CREATE UNIQUE INDEX identities_one_per_user ON identities (user_id, kind, namespace) WHERE kind IN ('wechat', 'external');
CREATE INDEX identities_user ON identities (user_id);

CREATE TABLE app_users (
  app_id TEXT NOT NULL REFERENCES apps (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  public_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, user_id),
  UNIQUE (app_id, public_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX app_users_user ON app_users (user_id);

CREATE TABLE followers (
  appid TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  openid_sealed BLOB,
  unionid_index TEXT,
  unionid_sealed BLOB,
  followed_at INTEGER,
  unfollowed_at INTEGER,
  event_at INTEGER NOT NULL,
  lookup_due_at INTEGER,
  PRIMARY KEY (appid, openid_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX followers_lookup ON followers (appid, lookup_due_at) WHERE lookup_due_at IS NOT NULL;

CREATE TABLE flows (
  id TEXT PRIMARY KEY,
  app_id TEXT NOT NULL REFERENCES apps (id),
  appid TEXT NOT NULL REFERENCES accounts (appid),
  kind TEXT NOT NULL CHECK (kind IN ('login', 'bind')),
  state TEXT NOT NULL CHECK (state IN
    ('waiting', 'scanned', 'registration_required', 'confirmed', 'completed', 'declined', 'expired', 'cancelled', 'failed')),
  reason TEXT CHECK (reason IN ('wechat_already_bound', 'user_already_bound', 'too_many_tries', 'snapshot_user', 'not_following')),
  assurance TEXT NOT NULL CHECK (assurance IN ('instant', 'tap', 'number', 'code')),
  scene_hash TEXT NOT NULL UNIQUE,
  ticket TEXT NOT NULL,
  qr_content TEXT NOT NULL,
  external_index TEXT,
  external_sealed BLOB,
  display_name TEXT,
  binding_hash TEXT,
  return_to TEXT,
  locale TEXT NOT NULL,
  browser TEXT,
  metadata TEXT,
  scanner_index TEXT,
  scanner_sealed BLOB,
  number_tries INTEGER NOT NULL DEFAULT 0,
  code_tries INTEGER NOT NULL DEFAULT 0,
  scanned_at INTEGER,
  phone_confirmed_at INTEGER,
  confirmed_at INTEGER,
  code_read_at INTEGER,
  completed_at INTEGER,
  registered_at INTEGER,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  CHECK (kind = 'login' OR external_index IS NOT NULL),
  CHECK (state IN ('waiting', 'declined', 'expired', 'cancelled', 'failed') OR scanner_index IS NOT NULL)
) STRICT;
CREATE INDEX flows_age ON flows (created_at);
CREATE INDEX flows_expiry ON flows (expires_at);
CREATE INDEX flows_scanned ON flows (scanned_at, scanner_index) WHERE state IN ('scanned', 'registration_required', 'confirmed');
CREATE INDEX flows_sealed ON flows (scanner_index) WHERE scanner_sealed IS NOT NULL;

CREATE TABLE oauth_states (
  state_hash TEXT PRIMARY KEY,
  appid TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  path TEXT NOT NULL,
  cookie_hash TEXT NOT NULL,
  used_at INTEGER,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX oauth_states_expiry ON oauth_states (expires_at);

CREATE TABLE idempotency_keys (
  app_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  object_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (app_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE inbox (
  id INTEGER PRIMARY KEY,
  appid TEXT NOT NULL,
  dedupe_key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  openid_index TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  document_sealed BLOB,
  reply_sealed BLOB
) STRICT;
CREATE INDEX inbox_documents ON inbox (appid, openid_index) WHERE document_sealed IS NOT NULL;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  appid TEXT NOT NULL,
  reason TEXT NOT NULL,
  document_sealed BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  app_id TEXT,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX events_app ON events (app_id, seq) WHERE app_id IS NOT NULL;
`
