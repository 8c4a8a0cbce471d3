/** Every bound, timeout and size of the server, on one page. docs/limits.md is checked against this file. */

const SECOND_MS = 1_000;
const MEBIBYTE = 1024 * 1024;

export const limits = {
  /** P-01: the largest payload of a frame; one byte more is refused before the body is read. */
  framePayloadBytesMax: MEBIBYTE,
  /** P-12: an idempotency key is 1 to 1,024 bytes of UTF-8. */
  idempotencyKeyBytesMax: 1_024,
  /** A ledger call's tx_id, in bytes of UTF-8. */
  txIdBytesMax: 128,

  /** Open TCP connections on one port; one more is answered `overloaded` and closed. */
  connectionsMax: 8_192,
  /** Requests of one connection that wait for an answer; beyond it the socket is not read. */
  pipelineDepthMax: 1_024,
  /** Bytes of answers that a connection may leave unread before the socket is not read any more. */
  unreadAnswerBytesMax: MEBIBYTE,
  /** The same over all connections of a port: beyond it no peer with unread answers is read. */
  unreadAnswerBytesTotalMax: 256 * MEBIBYTE,
  /** A longer answer is replaced by `overloaded` while the bound above is reached. Only answers of TX_LOG are that long. */
  largeAnswerBytes: 64 * 1024,
  /** Requests of one connection that are taken in one turn of the event loop. */
  requestsPerTurnMax: 64,
  /** Bytes of unfinished frames over all connections; beyond it a frame is answered `overloaded` and its connection closed. */
  unfinishedFrameBytesMax: 256 * MEBIBYTE,
  /** From connecting to the last byte of the first frame. */
  firstFrameMs: 10 * SECOND_MS,
  /** From the first byte of any later frame to its last. */
  frameMs: 10 * SECOND_MS,
  /** A kept connection without a request under way. */
  idleConnectionMs: 60 * SECOND_MS,
  /** A peer that does not read its answers. */
  unreadAnswerMs: 30 * SECOND_MS,
  /** Commands that wait for the store; one more is answered `overloaded` and leaves no trace. */
  storeQueueCommandsMax: 65_536,
  /** Commands that are decided and sent to the writer in one go. */
  groupCommandsMax: 64,
  /** Commands that are decided but not committed yet; the rest waits in the queue. */
  uncommittedCommandsMax: 8_192,
  /** Facts after which a commit takes no further group. */
  commitFactsMax: 4_096,
  /** SIGTERM: the time for requests under way before the server leaves anyway. */
  drainMs: 15 * SECOND_MS,

  /** HTTP: the largest body of a request; one byte more is answered 413. A full batch of transfers with the longest keys fits. */
  httpBodyBytesMax: 2 * MEBIBYTE,
  /** HTTP: all header lines of a request together. */
  httpHeaderBytesMax: 16 * 1024,
  /** HTTP: a request id that a caller may choose; a longer one is replaced. */
  httpRequestIdBytesMax: 128,
  /** HTTP: from the first byte of a request to its last. */
  httpReceiveMs: 10 * SECOND_MS,
  /** HTTP: from a whole request to its answer; then 504, and whoever sent a key asks again with it. */
  httpAnswerMs: 60 * SECOND_MS,
  /** HTTP: what `Retry-After` says with `overloaded` and `unavailable`. */
  httpRetryAfterMs: 1 * SECOND_MS,
  /** HTTP: transfers of one batch. */
  batchTransfersMax: 1_000,
  /** HTTP: items of one page, when nothing is asked for, and at most. */
  pageItemsDefault: 100,
  pageItemsMax: 1_000,
  /** HTTP: facts that are looked at for one page; a filter may leave a page short or empty, and `next_cursor` goes on. */
  pageScanFactsMax: 10_000,
  /** HTTP: facts that are read in one turn of the event loop. */
  pageReadFacts: 1_000,
  /** HTTP: clients of the fact stream at the same time; one more is answered `overloaded`. */
  streamClientsMax: 64,
  /** HTTP: facts of the stream that are read for one client at a time, and wait for it to take them. */
  streamPageFacts: 256,
  /** HTTP: how often the journal's end is looked at while streams wait there. */
  streamPollMs: 200,
  /** HTTP: a stream without facts shows that it lives. */
  streamHeartbeatMs: 15 * SECOND_MS,
  /** HTTP: a client of the stream that takes nothing for so long is cut. */
  streamUnreadMs: 30 * SECOND_MS,

  /** Keys: failed attempts that one address may make at once, and how long it takes until it has one more. */
  keyFailuresPerPeerMax: 20,
  keyFailurePerPeerRefillMs: 3 * SECOND_MS,
  /** Keys: the same for all addresses together. */
  keyFailuresMax: 1_000,
  keyFailureRefillMs: 10,
  /** Keys: addresses whose failed attempts are remembered. */
  keyFailurePeersMax: 10_000,
  /** Keys: what a server knows of a key is looked up again after this: another server may have revoked it. */
  keyCacheMs: 2 * SECOND_MS,
  /** Keys: so many are known at a time. */
  keyCacheEntriesMax: 10_000,

  /** TX_LOG: rows read at most for one answer (a frame holds fewer). */
  logPageRowsMax: 16_384,
  /** P-30: movements per source that are kept one by one; older load is kept in buckets. */
  velocityEntriesMax: 10_000,
  /** P-30: buckets per window once a source has more movements than that. */
  velocityBucketsPerWindow: 1_000,

  /** P-44: the pause between two attempts of a pending compensation never grows beyond this. */
  compensationPauseMsMax: 30 * SECOND_MS,
  /** A server that has not said for so long that it lives is taken for gone: others carry its transfers on. */
  carrierLeaseMs: 5 * SECOND_MS,
  /** How often it says so, and looks for transfers of servers that are gone. */
  carrierSweepMs: 1 * SECOND_MS,
  /** A duplicate of a transfer that another server carries looks after it this often. */
  followPollMs: 100,

  /** PostgreSQL: commands that are decided and committed together at most. */
  postgresBatchCommandsMax: 1_024,
  /** PostgreSQL: connections for reading, when the store's URL says nothing about it, and at most. */
  postgresReaders: 4,
  postgresReadersMax: 64,
  /** PostgreSQL: from asking for a connection to having one. */
  postgresConnectMs: 5 * SECOND_MS,
  /** PostgreSQL: a read that takes longer is given up, by the server and by us. */
  postgresReadMs: 10 * SECOND_MS,
  /** PostgreSQL: how long a batch waits for its turn to write before it asks again. */
  postgresHeadWaitMs: 10 * SECOND_MS,
  /** PostgreSQL: a batch without any answer for so long is cut, and what became of it is found out on a new connection. */
  postgresSilenceMs: 15 * SECOND_MS,
  /** PostgreSQL: a server that is paused in the middle of a batch holds up the others no longer than this. */
  postgresPausedBatchMs: 3 * SECOND_MS,
  /** PostgreSQL: a batch that lost a race (serialisation failure, deadlock, its turn) is tried so often. */
  postgresAttemptsMax: 5,
  /** PostgreSQL: the pause before that is a random part of this. */
  postgresRetryMsMax: 50,
  /** PostgreSQL: rows of shared velocity windows that a server writes before it looks for old ones, and at how many it looks. */
  postgresVelocityRowsUnswept: 256,
  postgresVelocitySweepRowsMax: 1_024,
  /** PostgreSQL: the pause between two attempts to connect doubles from the first to the second. */
  postgresReconnectMsMin: 50,
  postgresReconnectMsMax: 2 * SECOND_MS,

  /** Background work that several servers could do is done by the one that holds its lease, for so long at a time. */
  jobLeaseMs: 10 * SECOND_MS,
  /** How often a server asks whether it is its turn, and looks for work. */
  jobEveryMs: 1 * SECOND_MS,
  /** Rows that a job takes in one go. */
  jobRowsMax: 256,
  /** A movement that was refused is tried again after this; it doubles up to the second. */
  movementRetryMsMin: 1 * SECOND_MS,
  movementRetryMsMax: 60 * SECOND_MS,

  /** How long a statement waits for another process that holds the database (P-26 names the same value). */
  databaseBusyMs: 10 * SECOND_MS,
} as const;
