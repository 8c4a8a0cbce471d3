-- API keys and the control-plane tokens of servers: hashes, never secrets. Instants are nanoseconds.
create table api_keys (
  key_id text primary key not null,
  role text not null,
  merchant text,
  account text,
  label text,
  hash text not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer,
  created_by text not null,
  revoked_by text,
  version integer not null
);
create unique index api_keys_by_time on api_keys (created_at);
