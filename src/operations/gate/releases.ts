/** `/l402-otb/releases` (B-25): the worklist of blocked requests, and the decisions of those who may let one pass. */
import * as z from 'zod';
import { limits } from '../../base/limits.ts';
import { documentReferenceOf } from '../../budgets/gate-request.ts';
import { decisions, releases, type DecisionRow, type ReleaseRow } from '../../budgets/tables.ts';
import { releaseView } from '../../budgets/wire.ts';
import { mayUseMerchant } from '../../access/scope.ts';
import type { GateService } from '../../gate/gate-service.ts';
import { submitKnowing } from '../../gate/knowing.ts';
import { findRow } from '../../store/find-row.ts';
import type { Store } from '../../store/store.ts';
import { again, created, defineOperation, done, refused, type ApiOperation } from '../api-operation.ts';
import { merchantFilter } from '../budgets/merchant-filter.ts';
import { merchantId } from '../budgets/schemas.ts';
import { answerOf, refusalOf } from '../command-answer.ts';
import { reason } from '../ledger/schemas.ts';
import { pagedList } from '../paged-list.ts';
import { id, pageOf, paging } from '../schemas.ts';
import { findOwnDecision } from './find-decision.ts';
import { releaseRecord, releaseState } from './schemas.ts';

type Part = Pick<Store, 'rows' | 'submit'>;
type Release = z.infer<typeof releaseRecord>;

interface Deciding {
  readonly store: Part;
  readonly gate: GateService;
}

const other = z.strictObject({
  decision_id: z.string(),
  state: z.string(),
  document: z.string().nullable(),
  amount_cents: z.int(),
});

const listed = z.strictObject({
  ...releaseRecord.shape,
  others: z
    .array(other)
    .meta({ description: 'other decisions that hold the same budget, the newest first; long lists are cut' }),
});

export function listReleases(store: Part): ApiOperation {
  return defineOperation({
    name: 'listReleases',
    method: 'GET',
    path: '/l402-otb/releases',
    chapter: 'Gate',
    summary: 'Blocked requests that somebody asked to let pass, the newest first',
    permission: 'decisions:read',
    tier: 'stream',
    input: {
      query: z.strictObject({ ...paging, merchant_id: merchantId.optional(), state: releaseState.optional() }),
    },
    answer: pageOf(listed),
    refusals: ['invalid_cursor'],
    async run({ query: { cursor, limit, merchant_id: wanted, state }, caller }) {
      const own = merchantFilter(caller, 'decisions:read', wanted);
      if (own === undefined) return refused('forbidden');
      const query = {
        list: 'releases',
        table: releases,
        where: { state, ...own },
        by: 'created_at',
      } as const;
      const found = await pagedList(store, query, { cursor, limit }, (row) => row);
      if (!('body' in found)) return found;
      const rows = found.body.items;
      const holding = await holdingIn(store, new Set(rows.map(({ bucket }) => bucket)));
      const items = rows.map((row) => withOthers(row, holding.get(row.bucket) ?? []));
      return done({ items, next_cursor: found.body.next_cursor });
    },
  });
}

/** Decisions that hold budget of these buckets: one look for each bucket, however many requests wait for it. */
async function holdingIn(store: Part, buckets: ReadonlySet<string>): Promise<Map<string, readonly DecisionRow[]>> {
  const query = { table: decisions, by: 'created_at', descending: true, limit: limits.releaseOthersSeenMax } as const;
  const found = [...buckets].map(async (bucket) => {
    const rows = await store.rows({ ...query, where: { bucket } });
    return [bucket, rows.filter(({ state }) => state === 'reserved' || state === 'committed')] as const;
  });
  return new Map(await Promise.all(found));
}

function withOthers(row: ReleaseRow, holding: readonly DecisionRow[]): z.infer<typeof listed> {
  const others = holding
    // Once it is accepted its own decision is one of them.
    .filter((each) => each.decision_id !== row.release_id)
    .slice(0, limits.releaseOthersShownMax)
    .map(({ decision_id, state, document, amount_cents }) => ({
      decision_id,
      state,
      document,
      amount_cents: Number(amount_cents),
    }));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a test compares views with their schemas
  return { ...(releaseView(row) as Release), others };
}

export function requestRelease(store: Part): ApiOperation {
  return defineOperation({
    name: 'requestRelease',
    method: 'POST',
    path: '/l402-otb/releases',
    chapter: 'Gate',
    summary: 'Ask to let a blocked request pass',
    description:
      'The decision is the key: the same again is answered as it was, another reason is a conflict. After a rejection it may be asked anew.',
    permission: 'releases:ask',
    tier: 'stream',
    creates: true,
    input: { body: z.strictObject({ decision_id: id, reason }) },
    answer: releaseRecord,
    refusals: ['decision_not_found', 'invalid_report', 'idempotency_conflict'],
    async run({ body: { decision_id: decisionId, reason: why }, caller }) {
      const decision = await findOwnDecision(store, { id: decisionId, caller, permission: 'releases:ask' });
      if (decision === undefined) return refused('decision_not_found');
      const outcome = await store.submit({ type: 'request-release', decisionId, reason: why, actor: caller.keyId });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      const view = answerOf<Release>(outcome);
      return outcome.replayed ? again(view) : created(view);
    },
  });
}

/** `/take` says that somebody looks at it; the other two end it, each with a reason. */
export function decideReleaseOperations(parts: Deciding): ApiOperation[] {
  const { store } = parts;
  const take = defineOperation({
    name: 'takeRelease',
    method: 'POST',
    path: '/l402-otb/releases/{release_id}/take',
    chapter: 'Gate',
    summary: 'Say that you look at it',
    permission: 'releases:decide',
    tier: 'stream',
    input: { path: z.strictObject({ release_id: id }), body: z.strictObject({}) },
    answer: releaseRecord,
    refusals: ['release_not_found', 'invalid_transition'],
    async run({ path: { release_id: decisionId }, caller }) {
      const release = await findRelease(store, decisionId);
      if (release === undefined || !mayUseMerchant(caller, 'releases:decide', release.merchant_id))
        return refused('release_not_found');
      const outcome = await store.submit({ type: 'take-release', decisionId, actor: caller.keyId });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      return outcome.replayed ? again(answerOf<Release>(outcome)) : done(answerOf<Release>(outcome));
    },
  });
  return [take, ending(parts, 'accept'), ending(parts, 'reject')];
}

function ending({ store, gate }: Deciding, verb: 'accept' | 'reject'): ApiOperation {
  return defineOperation({
    name: `${verb}Release`,
    method: 'POST',
    path: `/l402-otb/releases/{release_id}/${verb}`,
    chapter: 'Gate',
    summary: verb === 'accept' ? 'Let the request pass' : 'Do not let it pass',
    description:
      'The special budget is not used when the normal one has become free meanwhile. ' +
      'Only an operator lets pass what the same key has asked for.',
    permission: 'releases:decide',
    tier: 'stream',
    input: { path: z.strictObject({ release_id: id }), body: z.strictObject({ reason }) },
    answer: releaseRecord,
    refusals: ['release_not_found', 'invalid_transition', 'policy_violation', 'overloaded'],
    async run({ path: { release_id: decisionId }, body: { reason: why }, caller }) {
      const permission = 'releases:decide' as const;
      const decision = await findOwnDecision(store, { id: decisionId, caller, permission });
      if (decision === undefined || (await findRelease(store, decisionId)) === undefined)
        return refused('release_not_found');
      const { merchant_id: merchant, bucket } = decision;
      const outcome = await submitKnowing({
        store,
        current: [{ decisionId, bucket }],
        commandOf: (current) => ({
          type: 'decide-release',
          decisionId,
          merchant,
          outcome: verb === 'accept' ? 'accepted' : 'rejected',
          reason: why,
          actor: caller.keyId,
          alsoOwn: caller.role === 'operator',
          documentName: documentReferenceOf(decision),
          current,
        }),
      });
      const refusal = refusalOf(outcome);
      if (refusal !== undefined) return refusal;
      if (verb === 'accept' && !outcome.replayed) await gate.ended(decisionId);
      const view = answerOf<Release>(outcome);
      return outcome.replayed ? again(view) : done(view);
    },
  });
}

const findRelease = (store: Part, releaseId: string): Promise<ReleaseRow | undefined> =>
  findRow(store, releases, 'release_id', releaseId);
