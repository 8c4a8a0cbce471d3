/** How an execution comes to its end (S-34) as a table: what each event does to execution, hold and receipt. */

export type ExecutionState =
  'awaiting-provider' | 'opened' | 'awaiting-acceptance' | 'released' | 'failed' | 'rejected' | 'expired' | 'disputed';

export type ExecutionEvent =
  | 'provider-accept'
  | 'provider-decline'
  | 'completed'
  | 'failed'
  | 'rejected'
  | 'dispatch-error'
  | 'accept'
  | 'reject'
  | 'operator-release'
  | 'operator-refund'
  | 'work-by'
  | 'auto-release'
  | 'dispute'
  | 'arbiter-for-payer'
  | 'arbiter-for-payee';

export type Receipt = 'pending' | 'settled' | 'terminal' | 'expired' | 'terminal-dispute';

export interface Step {
  /** In any other state the event is refused, unless it happened before. */
  readonly from: readonly ExecutionState[];
  readonly to: ExecutionState;
  /** Where nobody gets but by this event, beside `to`. */
  readonly beyond?: readonly ExecutionState[];
  /** Null: the hold stays as it is. */
  readonly hold: 'released' | 'refunded' | 'frozen' | 'voided' | null;
  readonly receipt: Receipt;
}

const early = ['awaiting-provider', 'opened'] as const;
const working = ['opened', 'awaiting-acceptance'] as const;
const beyondOpening = ['awaiting-acceptance', 'released', 'disputed'] as const;

/** Only a provider that never began gives the money back by a void (S-23): after the opening every failure is a refund. */
// prettier-ignore
export const closeout: Readonly<Record<ExecutionEvent, Step>> = {
  'provider-accept':   { from: ['awaiting-provider'],   to: 'opened',              hold: null,       receipt: 'pending', beyond: beyondOpening },
  'provider-decline':  { from: ['awaiting-provider'],   to: 'rejected',            hold: 'voided',   receipt: 'terminal' },
  'completed':         { from: ['opened'],              to: 'awaiting-acceptance', hold: null,       receipt: 'pending' },
  'failed':            { from: ['opened'],              to: 'failed',              hold: 'refunded', receipt: 'terminal' },
  'rejected':          { from: ['opened'],              to: 'rejected',            hold: 'refunded', receipt: 'terminal' },
  'dispatch-error':    { from: early,                   to: 'failed',              hold: 'refunded', receipt: 'terminal' },
  'accept':            { from: ['awaiting-acceptance'], to: 'released',            hold: 'released', receipt: 'settled' },
  'reject':            { from: ['awaiting-acceptance'], to: 'rejected',            hold: 'refunded', receipt: 'terminal' },
  'operator-release':  { from: working,                 to: 'released',            hold: 'released', receipt: 'settled' },
  'operator-refund':   { from: [...early, 'awaiting-acceptance'], to: 'rejected',  hold: 'refunded', receipt: 'terminal' },
  'work-by':           { from: early,                   to: 'expired',             hold: 'refunded', receipt: 'expired' },
  'auto-release':      { from: ['awaiting-acceptance'], to: 'released',            hold: 'released', receipt: 'settled' },
  'dispute':           { from: working,                 to: 'disputed',            hold: 'frozen',   receipt: 'pending' },
  'arbiter-for-payer': { from: ['disputed'],            to: 'rejected',            hold: 'refunded', receipt: 'terminal-dispute' },
  'arbiter-for-payee': { from: ['disputed'],            to: 'released',            hold: 'released', receipt: 'terminal-dispute' },
};

export type EventDecision =
  | { readonly outcome: 'append'; readonly step: Step }
  | { readonly outcome: 'replay' }
  | { readonly outcome: 'invalid_transition'; readonly from: ExecutionState; readonly to: ExecutionState };

/** What led here before is no error and changes nothing (R14); what the table does not have is refused by both names. */
export function decideEvent(from: ExecutionState, event: ExecutionEvent): EventDecision {
  const step = closeout[event];
  if (step.from.includes(from)) return { outcome: 'append', step };
  if (from === step.to || step.beyond?.includes(from) === true) return { outcome: 'replay' };
  return { outcome: 'invalid_transition', from, to: step.to };
}

/** Where an execution begins (S-30): with an offer that does not accept by itself, the provider is asked. */
export const afterOpening = (acceptsByItself: boolean): ExecutionState =>
  acceptsByItself ? 'opened' : 'awaiting-provider';

const ended: ReadonlySet<ExecutionState> = new Set(['released', 'failed', 'rejected', 'expired']);

export const hasEnded = (state: ExecutionState): boolean => ended.has(state);
