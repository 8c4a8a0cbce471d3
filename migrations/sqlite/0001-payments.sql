-- The journal and the payment rail's projections.

-- Every fact, in order. seq has no gaps; at is in nanoseconds and strictly increases.
create table facts (
  seq integer primary key,
  at integer not null,
  type text not null,
  subject text not null,
  key text,
  request text,
  answer text,
  body text not null,
  mark integer not null
);

create trigger facts_are_never_updated before update on facts
begin select raise(abort, 'facts are append-only'); end;
create trigger facts_are_never_deleted before delete on facts
begin select raise(abort, 'facts are append-only'); end;

-- One row per commit: the Merkle root of its facts and the hash that chains it to the commit before.
create table batches (
  first_seq integer primary key,
  last_seq integer not null,
  root text not null,
  chain text not null
);

create trigger batches_are_never_updated before update on batches
begin select raise(abort, 'batches are append-only'); end;
create trigger batches_are_never_deleted before delete on batches
begin select raise(abort, 'batches are append-only'); end;

-- What belongs to this file alone and follows from no fact.
create table settings (
  name text primary key not null,
  value text not null
);

-- Where the keys of older facts are: sorted hashes in runs of facts, with one filter per run. Derived from facts.key.
create table key_runs (
  run integer primary key,
  filter blob not null
);
create table key_entries (
  run integer not null,
  first integer not null,
  entries blob not null,
  primary key (run, first)
);

create table accounts (
  id text primary key not null,
  balance integer not null
);

-- What each account began with.
create table openings (
  id text primary key not null,
  amount integer not null
);

create table transactions (
  tx_id text not null,
  op text not null,
  account_id text not null,
  amount integer not null,
  balance_after integer not null,
  created_at integer not null,
  primary key (tx_id, op)
);

create table counters (
  name text primary key not null,
  value integer not null
);

-- Transfers that the payment gateway carries through calls to the ledger (split deployment).
create table transfers (
  key text primary key not null,
  tx_id text not null,
  src text not null,
  dst text not null,
  amount integer not null,
  state text not null,
  risk text not null,
  src_balance integer,
  cause text,
  answer text,
  updated_at integer not null
);
create index transfers_open on transfers (state) where state <> 'ended';
create unique index transfers_by_tx_id on transfers (tx_id);
