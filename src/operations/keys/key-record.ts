/** What the operations on keys have in common: how a key looks on the wire, and what a command's refusal becomes. */
import * as z from 'zod';
import { roles } from '../../access/caller.ts';
import type { KeyView } from '../../access/key-view.ts';
import type { Outcome } from '../../store/store.ts';
import { refused, type Refused } from '../api-operation.ts';
import { isApiError } from '../codes.ts';
import { id, instant } from '../schemas.ts';

export const keyId = z
  .string()
  .regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits')
  .meta({ examples: ['9f8e7d6c5b4a3928'] });

const fields = {
  key_id: keyId,
  role: z.enum([...roles, 'control-plane']),
  merchant: id.nullable(),
  account: z.string().nullable(),
  label: z.string().nullable(),
  created_at: instant,
  created_by: z.string().meta({ description: 'the key that asked for it, or `server`' }),
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
  revoked_by: z.string().nullable(),
};

export const keyRecord = z.strictObject(fields);

export const newKey = z.strictObject({
  ...fields,
  key: z
    .string()
    .optional()
    .meta({ description: 'the key itself: in the first answer only, nobody can show it again' }),
});

/** The record that a command answered with. */
export function recordOf({ answer }: Outcome): KeyView {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by `keyView`, byte for byte
  return JSON.parse(answer) as KeyView;
}

/** The refusal that a command answered with; undefined for a success. */
export function refusalOf({ code, answer }: Outcome): Refused | undefined {
  if (code === null) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every answer of a command is a JSON object
  const { error: _, ok: __, message, ...details } = JSON.parse(answer) as Readonly<Record<string, unknown>>;
  return refused(isApiError(code) ? code : 'internal', details, typeof message === 'string' ? message : undefined);
}
