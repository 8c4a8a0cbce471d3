/** Every bound, timeout and size of the server, on one page. docs/limits.md is checked against this file. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const MEBIBYTE = 1024 * 1024;

export const limits = {
  /** P-01: the largest payload of a frame; one byte more is refused before the body is read. */
  framePayloadBytesMax: MEBIBYTE,
  /** P-12: an idempotency key is 1 to 1,024 bytes of UTF-8. */
  idempotencyKeyBytesMax: 1_024,
  /** A ledger call's tx_id, in bytes of UTF-8. */
  txIdBytesMax: 128,
  /** Characters of a name that a caller chose, as far as an answer or a log repeats it. */
  shownCharactersMax: 128,
  /** S-33: characters of a reason, or of an offer's description. */
  reasonCharactersMax: 1_024,
  /** Characters of a name that is a caller's own, and of a reference to something elsewhere. */
  nameCharactersMax: 128,
  referenceCharactersMax: 256,

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
  /** A connection that was told off may go on sending for so long before it is cut. */
  lingerMs: 2 * SECOND_MS,
  /** How often connections are looked over for those whose time is over. */
  sweepMs: 1 * SECOND_MS,
  /** Connections that the system keeps until a port takes them. */
  backlogConnections: 4_096,
  /** Commands that wait for the store; one more is answered `overloaded` and leaves no trace. */
  storeQueueCommandsMax: 65_536,
  /** SQLite: rows of one table, committed ones, that are kept in memory because commands asked for them lately. */
  recentRowsMax: 4_096,
  /** SQLite: characters of text in such a row; a longer one is read each time. */
  recentRowTextMax: 4_096,
  /** Commands that are decided and sent to the writer in one go. */
  groupCommandsMax: 16,
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
  /** HTTP: what still comes of a request that was answered before it was whole is read and dropped: for so long, and up to so much. */
  httpLingerMs: 5 * SECOND_MS,
  httpLingerBytesMax: 32 * 1_024 * 1_024,
  /** HTTP: from a whole request to its answer; then 504, and whoever sent a key asks again with it. */
  httpAnswerMs: 60 * SECOND_MS,
  /** HTTP: what `Retry-After` says with `overloaded` and `unavailable`. */
  httpRetryAfterMs: 1 * SECOND_MS,
  /** HTTP: while the server leaves, how often connections that have become idle are closed. */
  httpDrainSweepMs: 20,
  /** HTTP: for how long a browser keeps the answer to a preflight. */
  httpPreflightSeconds: 86_400,
  /** B-08: for how long reads of the Reference tier may be kept. */
  referenceKeptSeconds: 60,
  /** HTTP: transfers of one batch. */
  batchTransfersMax: 1_000,
  /** HTTP: items of one page, when nothing is asked for, and at most. */
  pageItemsDefault: 100,
  pageItemsMax: 1_000,
  /** HTTP: characters of a list's cursor. */
  cursorCharactersMax: 256,
  /** HTTP: facts that are looked at for one page; a filter may leave a page short or empty, and `next_cursor` goes on. */
  pageScanFactsMax: 10_000,
  /** HTTP: open decisions that are looked at for one page of late ones; the page may be short or empty, and `next_cursor` goes on. */
  pageScanDecisionsMax: 10_000,
  /** HTTP: facts that are read in one turn of the event loop. */
  pageReadFacts: 1_000,
  /** Rows that are read in one go where all of them are needed. */
  rowsAtOnce: 1_000,
  /** Facts that one step reads in the search for a transfer. */
  transferProbeFacts: 64,
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
  /** Keys: look-ups of keys that a server does not know, for one address at a time; further requests wait for one of them to end. */
  keyLookUpsPerPeerMax: 20,
  /** Keys: requests of one address that wait for that. */
  keyAttemptsWaitingMax: 1_024,
  /** Keys: addresses whose failed attempts are remembered. */
  keyFailurePeersMax: 10_000,
  /** Keys: what a server knows of a key is looked up again after this: another server may have revoked it. */
  keyCacheMs: 2 * SECOND_MS,
  /** Keys: so many are known at a time. */
  keyCacheEntriesMax: 10_000,
  /** OIDC: how far the issuer's clock and ours may be apart. */
  oidcClockSkewMs: 5 * SECOND_MS,
  /** OIDC: how long the issuer may take for one answer. */
  oidcAnswerMs: 5 * SECOND_MS,
  /** OIDC: an issuer that could not be reached is not asked again before. */
  oidcPauseMs: 1 * SECOND_MS,

  /** TX_LOG: rows read at most for one answer (a frame holds fewer). */
  logPageRowsMax: 16_384,
  /** TX_LOG: the page that a caller whose log does not fit one frame is told to ask for; it fits, however long the ids are. */
  logPageHintRows: 2_000,
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
  /** P-14: what a duplicate waits beyond all timeouts and pauses of the first: recording, queueing, a slow disk. */
  sagaAllowanceMs: 2 * SECOND_MS,

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
  /** PostgreSQL: rows that a cursor brings at a time while a whole table is read. */
  postgresCursorRows: 5_000,

  /** Background work that several servers could do is done by the one that holds its lease, for so long at a time. */
  jobLeaseMs: 10 * SECOND_MS,
  /** How often a server asks whether it is its turn, and looks for work. */
  jobEveryMs: 1 * SECOND_MS,
  /** Rows that a job takes in one go. */
  jobRowsMax: 256,
  /** A movement that was refused is tried again after this; it doubles up to the second. */
  movementRetryMsMin: 1 * SECOND_MS,
  movementRetryMsMax: 60 * SECOND_MS,
  /** A job that looks through everything lets others go first after so long, and holds its lease anew. */
  jobSliceMs: 1 * SECOND_MS,
  /** The pause between two alerts about the same dispute or hold is as long as that has waited, within these bounds. */
  alertPauseMsMin: 15 * MINUTE_MS,
  alertPauseMsMax: 24 * HOUR_MS,

  /** B-24: an invoice lives so long, its paid token so much longer, and a challenge whose invoice never came to be ends after this much more. */
  invoiceSeconds: 600,
  tokenGraceSeconds: 3_600,
  invoiceIssueSeconds: 60,
  /** B-24: a higher price than all bitcoin there will ever be is none, and money cannot buy the override. */
  priceSatsMax: 2_100_000_000_000_000,
  /** B-24: open invoices of one merchant. */
  openInvoicesMax: 100,
  /** The same where the policy says that payments are held: each of them takes a place of a channel. */
  openHoldsMax: 50,
  /** A payment that is found held so long after its invoice expired goes back: whoever sent it does not wait any more. */
  holdLateSeconds: 60,
  /** Hold invoices that the node is asked of at the same time. */
  holdsAtOnce: 8,
  /** Lightning: blocks that a payment could be held for before the node gives it back by itself; it is decided within seconds. */
  holdBlocks: 144,
  /** L-06: challenges that one key may make at once, and how long it takes until there is one more. */
  challengesPerCallerMax: 100,
  challengePerCallerRefillMs: 1 * SECOND_MS,
  /** L-06: the same for all keys of a merchant together. */
  challengesPerMerchantMax: 200,
  challengePerMerchantRefillMs: 500,
  /** L-06: keys and merchants whose challenges are remembered; who has not been seen for longest begins anew. */
  challengeNamesMax: 10_000,
  /** L-05: a preimage that fits waits so long for the settlement of its invoice, and the node is asked this often. */
  settlementWaitMs: 5 * SECOND_MS,
  settlementPollMs: 250,
  /** Gate: a look at an invoice that nobody says was paid: the caller waits for the answer. */
  invoiceLookUpMs: 1 * SECOND_MS,
  /** Gate: rounds until a challenge stands: another request, or a payment, may come in between. */
  challengeRoundsMax: 3,
  /** Gate: how often tokens that were used are looked through for some that are sealed with a former key. */
  usedTokenCheckMs: 3_600 * SECOND_MS,
  /** Gate: tries of a decision, each of which knows what the one before was told; more are needed only in a crowd on one document. */
  gateTriesMax: 128,
  /** Gate: merchants whose hierarchy is kept in memory. */
  gateMerchantsMax: 10_000,
  /** Releases: other orders of the same budget that a list shows beside one. */
  releaseOthersShownMax: 20,
  /** Releases: newest decisions of a budget that are looked through for those. */
  releaseOthersSeenMax: 100,

  /** Orders: bytes of the JSON in an order or a result, and of its lineage. */
  orderContentBytesMax: 32 * 1024,
  orderLineageBytesMax: 4 * 1024,
  /** Orders: how deep that JSON may be nested. */
  orderContentDepthMax: 64,
  /** Orders: so often an order is judged while others have the same id judged anew. */
  orderAttemptsMax: 5,
  /** Holds: moves that are read of one; none moves more than three times. */
  holdMovesMax: 8,

  /** Funding feed: from asking to the last byte of the answer. */
  fundingAnswerMs: 10 * SECOND_MS,
  /** Funding feed: the longest answer. */
  fundingAnswerBytesMax: MEBIBYTE,
  /** Funding feed: the pause after a failure doubles from the first to the second. */
  fundingRetryMsMin: 1 * SECOND_MS,
  fundingRetryMsMax: 60 * SECOND_MS,
  /** Funding folder: the largest file that may be a receipt. */
  receiptFileBytesMax: 64 * 1024,
  /** Funding folder: a file that is no JSON is refused when it has not been touched for so long; it may still be written. */
  receiptFileSettledMs: 60 * SECOND_MS,

  /** Budgets: a change of a plan that others change at the same time is tried so often. */
  planAttemptsMax: 10,
  /** Budgets: levels of a hierarchy, categories and their moves, and days on which something moves (it is checked on each). */
  hierarchyLevelsMax: 8,
  hierarchyPlacingsMax: 2_000,
  hierarchyMoveDaysMax: 100,
  /** Budgets: lines of a file that is taken in, and errors that its refusal tells. */
  importLinesMax: 1_000,
  fileErrorsToldMax: 100,
  /** Budgets: actuals of one request or file. */
  actualsMax: 1_000,
  /** Budgets: lines of one file that is given out; more is for the export of a period's end. */
  exportLinesMax: 20_000,
  /** B-26: files of exports are removed when they are so old; facts, and all that follows from them, are kept for ever. */
  retentionYears: 7,
  /** Budgets: revisions that stand in the read of one. */
  revisionsShownMax: 100,
  /** Policies: a toll or a price step in satoshis, the price in basis points of the excess. */
  policySatsMax: 100_000_000,
  policyExcessBpMax: 1_000_000,
  /** Policies: days that a delivery may shift, thresholds, and the life of a reservation. */
  policyToleranceDaysMax: 366,
  policyThresholdsMax: 8,
  policyReservationSecondsMax: 31_536_000,

  /** Reconciliation: decisions that are added up in one go: a few milliseconds. */
  reconcileWindowRows: 1_024,
  /** Reconciliation: decisions that one command compares: so long others wait. */
  reconcileDecisionsPerCommand: 250,
  /** Reconciliation: a bucket that changes while it is compared is read again so often, then left for the next run. */
  reconcileRereadsMax: 3,
  /** Reconciliation: the same while the counters of one bucket are added up. */
  reconcileLooksMax: 5,
  /** Reconciliation: movements that drifted and are named in the run's fact; the others stay and come with the next. */
  reconcileDriftedToldMax: 20,
  /** Reconciliation: how long whoever asks for a run waits for its end, and how often it is looked at. */
  reconcileWaitMs: 20 * SECOND_MS,
  reconcileWaitPollMs: 25,
  /** Reconciliation: the longest interval that can be configured. */
  reconcileSettingMinutesMax: 1_440,

  /** L402: characters of an invoice, of a macaroon, and caveats; checked before anything is decoded. */
  invoiceCharactersMax: 4_096,
  macaroonCharactersMax: 4_096,
  caveatsMax: 32,
  /** L-07: how often the node is asked of every open invoice. */
  invoiceCheckMs: 60 * SECOND_MS,
  /** B-28: an older intent of an invoice belongs to a server that died between the two commits. */
  invoiceIntentMs: 10 * SECOND_MS,

  /** N-04: how long a Lightning node may take for one call. */
  lightningCallMs: 4 * SECOND_MS,
  /** Lightning: an answer of a node, and one line of a stream. */
  lightningAnswerBytesMax: 4 * MEBIBYTE,
  lightningLineBytesMax: MEBIBYTE,
  /** Lightning: characters of what a node said that stand in an error. */
  lightningSaidCharactersMax: 160,
  /** Lightning: a connection on which nothing is said is probed after this, so that a stream notices a machine that is gone. */
  lightningProbeMs: 10 * SECOND_MS,
  /** Lightning: how far the node's clock and ours may be apart. */
  lightningClockSkewMs: 5 * MINUTE_MS,
  /** Lightning: calls that fail in a row until the circuit breaker refuses at once; its pause doubles from the first to the second. */
  breakerFailuresMax: 3,
  breakerPauseMsMin: 1 * SECOND_MS,
  breakerPauseMsMax: 30 * SECOND_MS,
  /** Lightning: a payment may appear in a node's list so much later than one that was settled after it. */
  followLateMs: 10 * SECOND_MS,
  /** Lightning: payments that stand in a cursor; of more within that time some are told again. */
  followCursorPaymentsMax: 256,
  /** LND: a subscription is renewed after this, because a dead one looks like a quiet one; and sooner while nothing was ever settled. */
  lndRenewalMs: 60 * SECOND_MS,
  lndFirstRenewalMs: 2 * SECOND_MS,
  /** LND: invoices of one page. */
  lndPageInvoices: 100,
  /** Core Lightning: how long the node holds back its answer while nothing is paid. */
  clnLongPollMs: 30 * SECOND_MS,
  /** phoenixd: how often the list of received payments is asked for, and payments of one page. */
  phoenixdPollMs: 1 * SECOND_MS,
  phoenixdPagePayments: 100,
  /** NWC: how often the list of transactions is asked for in any case, and transactions of one page. */
  nwcPollMs: 5 * SECOND_MS,
  nwcPageTransactions: 50,
  /** NWC: a list goes by the time of creation: an invoice that is settled now was created no longer ago than this. */
  nwcInvoiceLifeMs: 24 * HOUR_MS,
  /** NWC: without lists, an invoice is asked for so long after it expired: one paid in its last second is settled a little later. */
  nwcAfterExpiryMs: 60 * SECOND_MS,
  /** NWC: how far the wallet's clock and ours may be apart. */
  nwcClockSkewMs: 60 * SECOND_MS,
  /** NWC: a longer message is not looked at. */
  nwcMessageCharactersMax: MEBIBYTE,

  /** Sandbox: what the demo payer can spend: one bitcoin of the private chain. */
  sandboxChannelSats: 100_000_000,
  /** Sandbox: the largest channel, and the dust that may be on the way. */
  sandboxChannelSatsMax: 10_000_000_000,
  sandboxDustMsatMax: 1_000_000_000,
  /** Sandbox: payments that may be held at the same time; the protocol has no more places. */
  sandboxHeldPaymentsMax: 483,
  /** Sandbox: a block is made this often, and a held payment goes back by itself after so many: 15 hours. */
  sandboxBlockMs: 60 * SECOND_MS,
  sandboxHoldBlocks: 900,
  /** Sandbox: blocks that a payment may take at most; without it a held one would have no route. */
  sandboxRouteBlocksMax: 2_000,
  /** Sandbox: attempts of one payment. */
  sandboxPayAttemptsMax: 3,
  /** Sandbox: calls that wait for its thread, calls of one commit, and settlements of one page. */
  sandboxCallsMax: 1_024,
  sandboxCallsPerCommit: 16,
  sandboxSettlementsPerCall: 100,
  /** Sandbox: updates of a channel that are written before its whole state is. */
  sandboxUpdatesPerMonitor: 256,
  /** Sandbox: the pause before another thread is started doubles from the first to the second. */
  sandboxRestartMsMin: 100,
  sandboxRestartMsMax: 30 * SECOND_MS,
  /** Sandbox: the time that its thread has for leaving. */
  sandboxCloseMs: 2 * SECOND_MS,
  /** Demo payer: open connections, and the largest body. */
  payerConnectionsMax: 256,
  payerBodyBytesMax: 16 * 1024,
  /** Demo payer: characters of an invoice (the largest QR code) and of a description. */
  payerInvoiceCharactersMax: 7_089,
  payerDescriptionCharactersMax: 128,
  /** Demo payer: the life of an invoice, when nothing is asked for, and at most. */
  payerExpirySecondsDefault: 3_600,
  payerExpirySecondsMax: 31_536_000,
  /** `purser pay`: how long a payment is waited for; one that is held takes as long as it is held. */
  payMs: 4 * MINUTE_MS,

  /** Evidence: the largest file that is verified. */
  evidenceFileBytesMax: 64 * MEBIBYTE,
  /** Evidence: batches of the way from a fact to the journal's end; a longer one ends with the fact's own batch. */
  evidenceLinksMax: 100,
  /** `purser verify`: facts of one batch; without a bound one false number would make it keep the whole journal. */
  auditBatchFactsMax: 2 ** 20,
  /** `purser verify`: violations of one kind that are told; more are only counted. */
  violationsToldMax: 100,
  /** `purser verify`: a debit that has waited longer for its credit or rollback, by the journal's own time, is stranded. */
  verifyUnderWayMs: 5 * MINUTE_MS,
  /** `purser verify`: equal hashes of keys that are looked at, on SQLite; so many do not come about by chance. */
  verifySuspectsMax: 10_000,
  /** `purser migrate-store`: facts that are committed together, at least. */
  copyFactsAtOnce: 10_000,
  /** How often progress is shown, as lines and on a terminal. */
  progressLineMs: 2 * SECOND_MS,
  progressBarMs: 200,
  /** Settings in seconds: a timeout, and a time of the escrow (ten years: whoever writes milliseconds by mistake is told). */
  settingSecondsMax: 86_400,
  escrowSettingSecondsMax: 315_360_000,

  /** How long a statement waits for another process that holds the database (P-26 names the same value). */
  databaseBusyMs: 10 * SECOND_MS,
} as const;
