-- The journal and the payment rail's projections. Text that is compared or ordered has the collation "C": bytes, whatever
-- the database's own language is.

-- Every fact, in order. seq has no gaps; at is in nanoseconds and strictly increases.
create table facts (
  seq bigint primary key,
  at bigint not null,
  type text not null,
  subject text not null,
  key text collate "C",
  request text,
  answer text,
  body text not null,
  mark bigint not null
);

-- One outcome per key, whichever server comes first.
create unique index facts_by_key on facts (key) where key is not null;

-- One row per commit: the Merkle root of its facts and the hash that chains it to the commit before.
create table batches (
  first_seq bigint primary key,
  last_seq bigint not null,
  root text not null,
  chain text not null
);

create function refuse_change() returns trigger language plpgsql as
$$ begin raise exception '% are append-only', tg_table_name; end $$;

create trigger facts_are_append_only before update or delete on facts for each row execute function refuse_change();
create trigger facts_are_never_truncated before truncate on facts execute function refuse_change();
create trigger batches_are_append_only before update or delete on batches for each row execute function refuse_change();
create trigger batches_are_never_truncated before truncate on batches execute function refuse_change();

-- Where the journal ends: one row. Whoever writes holds its lock from before the first read to the commit, so batches of all
-- servers follow each other, and no reader of the journal ever sees a fact before its predecessors. migration is the newest
-- that was applied: a server that knows less stops writing at its next batch. rebuilds counts how often the projections
-- were written anew: what a server has of them in memory is then void.
create table journal_head (
  only_one boolean primary key default true check (only_one),
  seq bigint not null,
  at bigint not null,
  chain text not null,
  migration integer not null,
  rebuilds integer not null default 0
) with (fillfactor = 10);

insert into journal_head (seq, at, chain, migration) values (0, 0, repeat('0', 64), 1);

create table accounts (
  id text collate "C" primary key,
  balance bigint not null
) with (fillfactor = 50);

-- What each account began with; ordinal tells which was opened first.
create table openings (
  id text collate "C" primary key,
  amount bigint not null,
  ordinal bigint generated always as identity
);

create table transactions (
  tx_id text collate "C" not null,
  op text collate "C" not null,
  account_id text collate "C" not null,
  amount bigint not null,
  balance_after bigint not null,
  created_at bigint not null,
  primary key (tx_id, op)
);
create unique index transactions_by_time on transactions (created_at);

create table counters (
  name text collate "C" primary key,
  value bigint not null
) with (fillfactor = 50);

-- Transfers that the payment gateway carries through calls to the ledger (split deployment).
create table transfers (
  key text collate "C" primary key,
  tx_id text collate "C" not null,
  src text collate "C" not null,
  dst text collate "C" not null,
  amount bigint not null,
  state text collate "C" not null,
  risk text collate "C" not null,
  src_balance bigint,
  cause text collate "C",
  answer text,
  updated_at bigint not null,
  carrier text collate "C" not null
);
create index transfers_open on transfers (state) where state <> 'ended';
create unique index transfers_by_tx_id on transfers (tx_id);

-- What sources used of their velocity windows, when servers share them: the row with the highest id of a source is the newest
-- part of its window. Every change gives a row a new id, so a server finds what is new to it. Operational state, as below.
create table velocity (
  id bigint generated always as identity unique,
  source text collate "C" not null,
  first_ms bigint not null,
  last_ms bigint not null,
  used bigint not null,
  primary key (source, first_ms)
);

-- Which server does a piece of background work, and until when. Operational state: it follows from no fact.
-- The token grows with every new holder, so that one who was paused past its time can be told from its successor.
create table leases (
  name text collate "C" primary key,
  holder text not null,
  token bigint not null,
  expires_at timestamptz not null
);
