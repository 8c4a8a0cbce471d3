/**
 * What provider, payer and operator do to an execution, each by `POST /v1/executions/{execution_id}/…` (S-34). Its hold goes
 * the same way in the same commit; a repeat answers the execution as it is.
 */
import * as z from 'zod';
import type { Caller } from '../../access/caller.ts';
import type { Permission } from '../../access/permissions.ts';
import { mayUseAccount } from '../../access/scope.ts';
import type { ExecutionRef } from '../../flows/executions.ts';
import type { PaymentCommand } from '../../flows/commands.ts';
import { submitCurrent } from '../../store/current-budget.ts';
import type { Store } from '../../store/store.ts';
import { again, defineOperation, done, refused, type ApiAnswer, type ApiOperation } from '../api-operation.ts';
import { refusalOf } from '../command-answer.ts';
import { reason } from '../ledger/schemas.ts';
import { id } from '../schemas.ts';
import { findExecution } from './find-rows.ts';
import { executionOf } from './records.ts';
import { executionRecord, type ExecutionRecord } from './schemas.ts';

interface Move {
  readonly verb: string;
  readonly name: string;
  readonly summary: string;
  readonly permission: Permission;
  /** Whose key a confined one has to be. */
  readonly by: 'payer_account_id' | 'payee_account_id';
}

interface SilentMove extends Move {
  readonly command: (said: ExecutionRef & { readonly actor: string }) => PaymentCommand;
}

interface ReasonedMove extends Move {
  readonly command: (said: ExecutionRef & { readonly actor: string; readonly reason: string }) => PaymentCommand;
}

const provider = { permission: 'executions:provide', by: 'payee_account_id' } as const;
const payer = { permission: 'executions:accept', by: 'payer_account_id' } as const;
const operator = { permission: 'holds:move', by: 'payer_account_id' } as const;

const silent: readonly SilentMove[] = [
  {
    verb: 'provider-accept',
    name: 'providerAccept',
    summary: 'Take on the work of an offer that does not accept by itself',
    ...provider,
    command: (said) => ({ type: 'provider-accept', ...said }),
  },
  {
    verb: 'accept',
    name: 'acceptExecution',
    summary: 'Accept the work: the money is the payee’s',
    ...payer,
    command: (said) => ({ type: 'accept-execution', ...said }),
  },
];

const reasoned: readonly ReasonedMove[] = [
  {
    verb: 'provider-decline',
    name: 'providerDecline',
    summary: 'Decline the work before it has begun: the hold is voided',
    ...provider,
    command: (said) => ({ type: 'provider-decline', ...said }),
  },
  {
    verb: 'reject',
    name: 'rejectExecution',
    summary: 'Reject the work: the money goes back',
    ...payer,
    command: (said) => ({ type: 'reject-execution', ...said }),
  },
  {
    verb: 'release',
    name: 'releaseExecution',
    summary: 'Give the money to the payee, by hand',
    ...operator,
    command: (said) => ({ type: 'release-execution', ...said }),
  },
  {
    verb: 'refund',
    name: 'refundExecution',
    summary: 'Give the money back, by hand',
    ...operator,
    command: (said) => ({ type: 'refund-execution', ...said }),
  },
];

export interface MoveParts {
  readonly store: Pick<Store, 'rows' | 'submit'>;
  /** There may be a movement to make. */
  readonly moved: () => void;
}

const path = z.strictObject({ execution_id: id });

export function moveExecutionOperations(parts: MoveParts): ApiOperation[] {
  return [
    ...silent.map((move) =>
      defineOperation({
        ...definitionOf(move),
        input: { path },
        run: ({ path: { execution_id: executionId }, caller }) =>
          moveExecution(parts, { executionId, caller, ...move }, (ref) =>
            move.command({ ...ref, actor: caller.keyId }),
          ),
      }),
    ),
    ...reasoned.map((move) =>
      defineOperation({
        ...definitionOf(move),
        input: { path, body: z.strictObject({ reason }) },
        run: ({ path: { execution_id: executionId }, body, caller }) =>
          moveExecution(parts, { executionId, caller, ...move }, (ref) =>
            move.command({ ...ref, actor: caller.keyId, reason: body.reason }),
          ),
      }),
    ),
  ];
}

function definitionOf({ verb, name, summary, permission }: Move) {
  return {
    name,
    method: 'POST',
    path: `/v1/executions/{execution_id}/${verb}`,
    chapter: 'Executions',
    summary,
    description: 'Repeated, it answers the execution as it is and changes nothing.',
    permission,
    answer: executionRecord,
    refusals: ['execution_not_found', 'invalid_transition'],
  } as const;
}

/** Another's execution is not there (R7). */
async function moveExecution(
  { store, moved }: MoveParts,
  { executionId, caller, permission, by }: Pick<Move, 'permission' | 'by'> & { executionId: string; caller: Caller },
  commandOf: (ref: ExecutionRef) => PaymentCommand,
): Promise<ApiAnswer<ExecutionRecord>> {
  const before = await findExecution(store, executionId);
  if (before === undefined || !mayUseAccount(caller, permission, before[by])) return refused('execution_not_found');
  const outcome = await submitCurrent(store, before, commandOf);
  const refusal = refusalOf(outcome);
  if (refusal !== undefined) return refusal;
  moved();
  const execution = await executionOf(store, (await findExecution(store, executionId)) ?? before);
  return outcome.replayed ? again(execution) : done(execution);
}
