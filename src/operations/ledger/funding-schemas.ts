/** Shapes of the funding inbox and its standing rules on the wire. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { id } from '../schemas.ts';
import { text, time } from './schemas.ts';

export const gatewayNode = text(limits.nameCharactersMax).meta({ examples: ['gateway-1'] });

export const inboxState = z.enum(['waiting', 'credited', 'refused']);

export const inboxItem = z.strictObject({
  receipt_id: id,
  state: inboxState,
  source: z.string().meta({ description: 'how it came: spool, feed, …' }),
  gateway_node_id: z.string(),
  account_id: z.string(),
  amount: z.int().meta({ description: 'net' }),
  gross: z.int().meta({ description: 'net and fee together: what a standing rule limits' }),
  verified: z.boolean().meta({ description: 'its signature was checked and found good when it came' }),
  reason: z.string().nullable().meta({ description: 'why it was refused' }),
  decided_by: z.string().nullable().meta({ description: 'the key or the rule that credited it' }),
  received_at: time,
  updated_at: time,
});

export const standingRule = z.strictObject({
  gateway_node_id: z.string(),
  state: z.enum(['standing', 'removed']),
  max_amount: z.int(),
  requires_signature: z.boolean(),
  set_by: z.string().nullable(),
  updated_at: time,
});
