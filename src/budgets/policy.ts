/** A merchant's rules for the gate (B-09, B-24), and those that hold where nobody set any. */
import { isObject } from '../base/json.ts';
import type { Mode } from './tables.ts';

/** What an over-budget decision costs. */
type PriceRule =
  | { readonly kind: 'toll'; readonly sats: number }
  | { readonly kind: 'excess_bp'; readonly bp: number }
  | { readonly kind: 'whole_excess' };

/** As on the wire and in the table: JSON with safe integers only. */
export interface PolicySettings {
  readonly mode: Mode;
  /** What may be overspent without a word, in basis points of what was allocated. */
  readonly tolerance_bp: number;
  /** How many days a delivery may move over a period's edge and still count into it. */
  readonly tolerance_days: number;
  /** Left, in basis points, falling: each crossing raises an alert. */
  readonly thresholds_bp: readonly number[];
  /** `warn`: below so much left, in basis points, a request needs `acknowledged`. */
  readonly warn_below_bp: number;
  readonly price: PriceRule;
  /** Prices that follow the excess are rounded up to a multiple, so that they do not give the budget away; a toll stays as it is. */
  readonly price_step_sats: number;
  /** Needed by every price but a toll. */
  readonly rate: { readonly currency: string; readonly cents_per_btc: number } | null;
  /** More than this beyond the budget cannot be bought: `policy_violation`. */
  readonly max_excess_cents: number | null;
  /**
   * How an override is paid for. `hold`: the payment is only held until it is clear that it still buys the override, and goes
   * back by itself otherwise. It needs a node that can hold payments.
   */
  readonly invoice: 'ordinary' | 'hold';
  /** By role: the greatest amount of one action. */
  readonly role_limits: Readonly<Record<string, number>>;
  /** A category without headroom may use its parent's. */
  readonly pooling: boolean;
  /** How long a reservation waits for its action. */
  readonly reservation_seconds: number;
}

export const defaultPolicy: PolicySettings = {
  mode: 'enforce',
  tolerance_bp: 0,
  tolerance_days: 0,
  thresholds_bp: [2_000, 1_000],
  warn_below_bp: 2_000,
  price: { kind: 'toll', sats: 100 },
  price_step_sats: 1,
  rate: null,
  max_excess_cents: null,
  invoice: 'ordinary',
  role_limits: {},
  pooling: false,
  reservation_seconds: 86_400,
};

/** `policy_id` of decisions under the default. */
export const DEFAULT_POLICY_ID = 'default';

/** The settings in a row of the table; they were validated before they got there. */
export function policyOf(settings: string | undefined): PolicySettings {
  if (settings === undefined) return defaultPolicy;
  const read: unknown = JSON.parse(settings);
  return isObject(read) ? { ...defaultPolicy, ...read } : defaultPolicy;
}
