/** `POST /v1/keys`: makes a key. Its secret leaves in this one answer; what stays is a hash. */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { formatKey, hashSecret, KEY_ID_BYTES, SECRET_BYTES } from '../../access/api-key.ts';
import { roles } from '../../access/caller.ts';
import type { KeyView } from '../../access/key-view.ts';
import { instantAt } from '../../base/time.ts';
import { accountId } from '../../settlement/accounts.ts';
import type { Store } from '../../store/store.ts';
import { again, created, defineOperation, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { id } from '../schemas.ts';
import { keyId, newKey } from './key-record.ts';

/** The last instant that a column of nanoseconds holds is in 2262. */
const EXPIRY_MS_MAX = Date.UTC(2262, 0);

const account = z
  .string()
  .refine((text) => accountId(text) !== 'invalid_account', 'account:org:<id> or account:participant:<id>')
  .meta({ examples: ['account:org:acme'] });

const label = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u, '1 to 128 characters, none of them a control character')
  .meta({ examples: ['purchasing, till 3'] });

const expiry = z.iso
  .datetime()
  .refine((text) => Date.parse(text) < EXPIRY_MS_MAX, 'must be before 2262')
  .meta({ examples: ['2027-01-31T00:00:00Z'] });

export function createKey(store: Pick<Store, 'submit'>): ApiOperation {
  return defineOperation({
    name: 'createKey',
    method: 'POST',
    path: '/v1/keys',
    chapter: 'Keys',
    summary: 'Make a key',
    description:
      'A key is confined to the merchant and the account that are named; one of role `operator` or `payments` cannot be. ' +
      'It takes no Idempotency-Key, because a secret is shown once: whoever names `key_id` may ask again when the answer ' +
      'was lost, and the record comes back, but never the key itself.',
    permission: 'keys:manage',
    creates: true,
    input: {
      body: z.strictObject({
        key_id: keyId.optional(),
        role: z.enum(roles),
        merchant: id.optional(),
        account: account.optional(),
        label: label.optional(),
        expires_at: expiry.optional(),
      }),
    },
    answer: newKey,
    refusals: ['idempotency_conflict'],
    async run({ caller, body }) {
      const secret = randomBytes(SECRET_BYTES);
      const wanted = body.key_id ?? randomBytes(KEY_ID_BYTES).toString('hex');
      const outcome = await store.submit({
        type: 'create-key',
        keyId: wanted,
        role: body.role,
        merchant: body.merchant ?? null,
        account: body.account ?? null,
        label: body.label ?? null,
        hash: hashSecret(secret.toString('hex')),
        expiresAt: body.expires_at === undefined ? null : instantAt(Date.parse(body.expires_at)),
        actor: caller.keyId,
      });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      // What was drawn just now opens nothing if the key was made before.
      const record = answerOf<KeyView>(outcome);
      return outcome.replayed ? again(record) : created({ ...record, key: formatKey(wanted, secret) });
    },
  });
}
