/** How a key looks on the wire. */
import * as z from 'zod';
import { roles } from '../../access/caller.ts';
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
