/** `POST /v1/keys/{key_id}/revoke`: the key opens nothing any more, for ever; here at once, on other servers within moments. */
import * as z from 'zod';
import type { KeyView } from '../../access/key-view.ts';
import type { Store } from '../../store/store.ts';
import { defineOperation, done, type ApiOperation } from '../api-operation.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { keyId, keyRecord } from './key-record.ts';

/** `revoked` is told of the key, so that this server forgets what it remembers of it. */
export function revokeKey(store: Pick<Store, 'submit'>, revoked: (keyId: string) => void): ApiOperation {
  return defineOperation({
    name: 'revokeKey',
    method: 'POST',
    path: '/v1/keys/{key_id}/revoke',
    chapter: 'Keys',
    summary: 'Revoke a key',
    description:
      'Repeated: the same record. A revoked token of a data directory is replaced when its server starts again.',
    permission: 'keys:manage',
    input: { path: z.strictObject({ key_id: keyId }) },
    answer: keyRecord,
    refusals: ['not_found'],
    async run({ caller, path }) {
      const outcome = await store.submit({ type: 'revoke-key', keyId: path.key_id, actor: caller.keyId });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      revoked(path.key_id);
      return done(answerOf<KeyView>(outcome));
    },
  });
}
