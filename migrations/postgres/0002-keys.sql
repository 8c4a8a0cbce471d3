-- API keys and the control-plane tokens of servers: hashes, never secrets. Instants are nanoseconds.
create table api_keys (
  key_id text collate "C" primary key,
  role text collate "C" not null,
  merchant text collate "C",
  account text collate "C",
  label text,
  hash text collate "C" not null,
  created_at bigint not null,
  expires_at bigint,
  revoked_at bigint,
  created_by text collate "C" not null,
  revoked_by text collate "C",
  version bigint not null
);
create unique index api_keys_by_time on api_keys (created_at);
