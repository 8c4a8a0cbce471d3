/** Shapes of the settlement ledger on the wire. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { instantAt } from '../../base/time.ts';
import { accountId, type AccountId } from '../../settlement/accounts.ts';
import { id } from '../schemas.ts';

/** `account:participant:{id}`, `account:org:{id}` or `account:community-pool`. */
export const account = z
  .string({ error: 'invalid_account' })
  .refine((name): name is AccountId => accountId(name) !== 'invalid_account', 'invalid_account')
  .meta({ examples: ['account:org:acme'] });

/** Not spaces of any kind, nor what joins, directs or fills, nor the empty Braille pattern. */
const VISIBLE = /[^\p{White_Space}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u{2800}]/u;

/** What people write: reasons, references, descriptions. A reason that nobody can see would be none (S-40). */
export function text(charactersMax: number): z.ZodType<string> {
  return z
    .string()
    .regex(new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${charactersMax}}$`, 'u'), {
      error: `1 to ${charactersMax} characters, none of them a control character`,
      abort: true,
    })
    .refine((said) => VISIBLE.test(said), 'at least one character that can be seen');
}

export const reason = text(limits.reasonCharactersMax);

export const time = z.iso.datetime().meta({ examples: ['2026-11-21T09:30:00.000Z'] });

/** The last instant that a column of nanoseconds holds is in 2262. */
const MOMENT_MS_MAX = Date.UTC(2262, 0);

/** A time that becomes an instant. */
export const moment = time.refine((wire) => {
  const ms = Date.parse(wire);
  return ms >= 0 && ms < MOMENT_MS_MAX;
}, 'must lie between 1970 and 2262');

export function instantOf(wire: string | null | undefined): bigint | null {
  return wire === null || wire === undefined ? null : instantAt(Date.parse(wire));
}

const balance = z.strictObject({ available: z.int(), held: z.int(), total: z.int() });

/** What a receipt came to. */
export const credited = z.strictObject({
  outcome: z.enum(['applied', 'already_applied']),
  receipt_id: id,
  account_id: z.string(),
  amount: z.int(),
  balance,
});

export const accountRecord = z.strictObject({
  account_id: z.string(),
  unit: z.literal('ORC'),
  available: z.int(),
  held: z.int(),
  total: z.int(),
});

export const holdState = z.enum(['active', 'frozen', 'released', 'refunded', 'voided']);

const deadline = time.nullable();

export const holdRecord = z.strictObject({
  hold_id: id,
  state: holdState,
  payer_account_id: z.string(),
  payee_account_id: z.string(),
  amount: z.int(),
  unit: z.literal('ORC'),
  order_id: id,
  contract_id: z.string().nullable(),
  policy_ref: z.string().nullable(),
  deadlines: z.strictObject({
    work_by: deadline,
    accept_by: deadline,
    dispute_by: deadline,
    auto_release_after: deadline,
  }),
  created_at: time,
  history: z
    .array(
      z.strictObject({
        state: holdState,
        at: time,
        reason: z.string().nullable(),
        actor: z.string().nullable(),
        seq: z.int(),
      }),
    )
    .readonly(),
});
