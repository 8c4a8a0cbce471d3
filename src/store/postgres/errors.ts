/** What an error of PostgreSQL means: for the batch it hit, and for the operator who has to mend something. */
import { codeOf as systemCode } from '../../base/failure.ts';
import { StoreError } from '../store.ts';
import { shown, type Target } from './target.ts';

/**
 * Why a batch failed. `connection`: nobody knows what became of it. `again`: it lost a race and may be tried anew.
 * `database`: the server cannot take it now. `command`: one of its commands is to blame.
 */
export type Fault = 'connection' | 'again' | 'database' | 'command';

/** SQLSTATE of an error that the server reported. */
export function sqlState(error: unknown): string | undefined {
  const code = systemCode(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

const AGAIN: ReadonlySet<string> = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available: the turn to write did not come in time
]);

/** The server is there, but not as the primary, or is leaving: another connection may find a better one. */
const CONNECTION: ReadonlySet<string> = new Set([
  '25006', // read_only_sql_transaction: a standby, or a primary that was made one
  '25P03', // idle_in_transaction_session_timeout: we were paused too long
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
]);

export function faultOf(error: unknown): Fault {
  // The database is not fit for this server any more: so says every new connection, until somebody mends it.
  if (error instanceof StoreError) return 'connection';
  const state = sqlState(error);
  // What is neither a bug of ours nor known to the server happened on the way.
  if (state === undefined) return isBroken(error) ? 'connection' : 'command';
  if (AGAIN.has(state)) return 'again';
  if (CONNECTION.has(state) || state.startsWith('08')) return 'connection';
  return /^(?:22|23)/.test(state) ? 'command' : 'database';
}

/** Errors of the socket and of the driver about it have a code or a text, never an SQLSTATE. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'syscall' in error || /connection|socket|queryable|closed|terminat|timeout|cut/i.test(error.message);
}

const EXPLANATIONS: readonly { readonly codes: readonly string[]; readonly advice: string }[] = [
  {
    codes: ['28P01', '28000'],
    advice: 'user or password is wrong: put the password into the file that PURSER_STORE_PASSWORD_FILE names',
  },
  { codes: ['3D000'], advice: 'there is no such database: create it ("createdb"), then start again' },
  {
    codes: ['42501'],
    advice: 'the user may not do that: make it the owner of the database, or grant it create on schema public',
  },
  { codes: ['53300'], advice: 'the server has no connection left: raise max_connections, or lower pool= in the URL' },
  { codes: ['53100'], advice: 'the disk of the database is full: free some space' },
  { codes: ['57P03'], advice: 'the server is starting or stopping: try again' },
  { codes: ['ECONNREFUSED'], advice: 'nobody listens there: start PostgreSQL, or mend host and port' },
  { codes: ['ENOTFOUND', 'EAI_AGAIN'], advice: 'the name of the host is not known: mend it' },
  {
    codes: ['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'],
    advice: 'the host cannot be reached: look at network and firewall',
  },
];

function codeOf(cause: unknown): unknown {
  if (!(cause instanceof Error)) return undefined;
  // The driver's own, which has no code: the server asks for a password and there is none.
  if (/client password must be/.test(cause.message)) return '28P01';
  return systemCode(cause);
}

/** An error as one line that says what to do about it. */
export function explained(target: Target, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  const advice = EXPLANATIONS.find(({ codes }) => codes.some((known) => known === code))?.advice;
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(code ?? cause);
  return new StoreError(`${shown(target)}: ${advice === undefined ? reason : `${advice} (${reason})`}`, { cause });
}
