/** Executions. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

import type { Hold } from './settlement.ts';

export interface Execution {
  readonly execution_id: string;
  readonly state:
    | 'awaiting-provider'
    | 'opened'
    | 'awaiting-acceptance'
    | 'released'
    | 'failed'
    | 'rejected'
    | 'expired'
    | 'disputed';
  readonly offer_id: string;
  readonly offer_seq: number;
  readonly order_id: string;
  readonly run_id: string | null;
  readonly phase_id: string | null;
  readonly hold_id: string | null;
  readonly gate_decision_id: string | null;
  readonly provider_node_id: string;
  readonly provider_participant_id: string;
  readonly subject_kind: 'participant' | 'org';
  readonly subject_id: string;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly price_amount: number;

  /** what brought it here */
  readonly last_event: string | null;
  readonly reason: string | null;
  readonly dispute_id: string | null;

  /** SHA-256 of the result: the same again is known by it */
  readonly result_digest: string | null;
  readonly deadlines: {
    readonly work_by: string | null;
    readonly accept_by: string | null;
    readonly dispute_by: string | null;
    readonly auto_release_after: string | null;
  };

  /** when something happens by itself */
  readonly due_at: string | null;
  readonly due_event: 'work-by' | 'auto-release' | null;
  readonly receipt: {
    readonly status: 'pending' | 'settled' | 'terminal' | 'expired' | 'terminal-dispute';
    readonly execution_id: string;
    readonly offer_id: string;
    readonly offer_seq: number;
    readonly order_id: string;
    readonly run_id: string | null;
    readonly phase_id: string | null;
    readonly hold_id: string | null;
    readonly gate_decision_id: string | null;
    readonly payer_account_id: string;
    readonly payee_account_id: string;
    readonly amount: number;
    readonly result_digest: string | null;
    readonly ended_at: string | null;
  };
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly ended_at: string | null;
  readonly updated_at: string;
}

export interface ReadExecutionAnswer {
  readonly execution_id: string;
  readonly state:
    | 'awaiting-provider'
    | 'opened'
    | 'awaiting-acceptance'
    | 'released'
    | 'failed'
    | 'rejected'
    | 'expired'
    | 'disputed';
  readonly offer_id: string;
  readonly offer_seq: number;
  readonly order_id: string;
  readonly run_id: string | null;
  readonly phase_id: string | null;
  readonly hold_id: string | null;
  readonly gate_decision_id: string | null;
  readonly provider_node_id: string;
  readonly provider_participant_id: string;
  readonly subject_kind: 'participant' | 'org';
  readonly subject_id: string;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly price_amount: number;

  /** what brought it here */
  readonly last_event: string | null;
  readonly reason: string | null;
  readonly dispute_id: string | null;

  /** SHA-256 of the result: the same again is known by it */
  readonly result_digest: string | null;
  readonly deadlines: {
    readonly work_by: string | null;
    readonly accept_by: string | null;
    readonly dispute_by: string | null;
    readonly auto_release_after: string | null;
  };

  /** when something happens by itself */
  readonly due_at: string | null;
  readonly due_event: 'work-by' | 'auto-release' | null;
  readonly receipt: {
    readonly status: 'pending' | 'settled' | 'terminal' | 'expired' | 'terminal-dispute';
    readonly execution_id: string;
    readonly offer_id: string;
    readonly offer_seq: number;
    readonly order_id: string;
    readonly run_id: string | null;
    readonly phase_id: string | null;
    readonly hold_id: string | null;
    readonly gate_decision_id: string | null;
    readonly payer_account_id: string;
    readonly payee_account_id: string;
    readonly amount: number;
    readonly result_digest: string | null;
    readonly ended_at: string | null;
  };
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly ended_at: string | null;
  readonly updated_at: string;
  readonly result: {
    readonly status: 'completed' | 'failed' | 'rejected' | 'dispatch-error';
    readonly output: unknown;
    readonly error: unknown;
  } | null;
  readonly hold: Hold | null;
}

export interface ReportResultAnswer {
  readonly execution_id: string;
  readonly state:
    | 'awaiting-provider'
    | 'opened'
    | 'awaiting-acceptance'
    | 'released'
    | 'failed'
    | 'rejected'
    | 'expired'
    | 'disputed';
  readonly offer_id: string;
  readonly offer_seq: number;
  readonly order_id: string;
  readonly run_id: string | null;
  readonly phase_id: string | null;
  readonly hold_id: string | null;
  readonly gate_decision_id: string | null;
  readonly provider_node_id: string;
  readonly provider_participant_id: string;
  readonly subject_kind: 'participant' | 'org';
  readonly subject_id: string;
  readonly payer_account_id: string;
  readonly payee_account_id: string;
  readonly price_amount: number;

  /** what brought it here */
  readonly last_event: string | null;
  readonly reason: string | null;
  readonly dispute_id: string | null;

  /** SHA-256 of the result: the same again is known by it */
  readonly result_digest: string | null;
  readonly deadlines: {
    readonly work_by: string | null;
    readonly accept_by: string | null;
    readonly dispute_by: string | null;
    readonly auto_release_after: string | null;
  };

  /** when something happens by itself */
  readonly due_at: string | null;
  readonly due_event: 'work-by' | 'auto-release' | null;
  readonly receipt: {
    readonly status: 'pending' | 'settled' | 'terminal' | 'expired' | 'terminal-dispute';
    readonly execution_id: string;
    readonly offer_id: string;
    readonly offer_seq: number;
    readonly order_id: string;
    readonly run_id: string | null;
    readonly phase_id: string | null;
    readonly hold_id: string | null;
    readonly gate_decision_id: string | null;
    readonly payer_account_id: string;
    readonly payee_account_id: string;
    readonly amount: number;
    readonly result_digest: string | null;
    readonly ended_at: string | null;
  };
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly ended_at: string | null;
  readonly updated_at: string;
  readonly result: {
    readonly status: 'completed' | 'failed' | 'rejected' | 'dispatch-error';
    readonly output: unknown;
    readonly error: unknown;
  } | null;
  readonly hold: Hold | null;
  readonly outcome: 'recorded' | 'already_present';
}

export interface ExecutionsOperations {
  /** `GET /v1/executions`: Executions, the newest first. */
  listExecutions: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly state?:
        | 'awaiting-provider'
        | 'opened'
        | 'awaiting-acceptance'
        | 'released'
        | 'failed'
        | 'rejected'
        | 'expired'
        | 'disputed'
        | undefined;
      readonly order_id?: string | undefined;
      readonly offer_id?: string | undefined;
      readonly run_id?: string | undefined;

      /** payer or payee */
      readonly account_id?: string | undefined;
    };
    readonly answer: Execution;
  };

  /** `GET /v1/executions/{execution_id}`: An execution, its result and its hold. */
  readExecution: { readonly input: { readonly execution_id: string }; readonly answer: ReadExecutionAnswer };

  /**
   * `POST /v1/executions/{execution_id}/provider-accept`: Take on the work of an offer that does not accept by
   * itself. Repeated, it answers the execution as it is and changes nothing.
   */
  providerAccept: { readonly input: { readonly execution_id: string }; readonly answer: ReadExecutionAnswer };

  /**
   * `POST /v1/executions/{execution_id}/accept`: Accept the work: the money is the payee’s. Repeated, it answers
   * the execution as it is and changes nothing.
   */
  acceptExecution: { readonly input: { readonly execution_id: string }; readonly answer: ReadExecutionAnswer };

  /**
   * `POST /v1/executions/{execution_id}/provider-decline`: Decline the work before it has begun: the hold is
   * voided. Repeated, it answers the execution as it is and changes nothing.
   */
  providerDecline: {
    readonly input: { readonly execution_id: string; readonly reason: string };
    readonly answer: ReadExecutionAnswer;
  };

  /**
   * `POST /v1/executions/{execution_id}/reject`: Reject the work: the money goes back. Repeated, it answers the
   * execution as it is and changes nothing.
   */
  rejectExecution: {
    readonly input: { readonly execution_id: string; readonly reason: string };
    readonly answer: ReadExecutionAnswer;
  };

  /**
   * `POST /v1/executions/{execution_id}/release`: Give the money to the payee, by hand. Repeated, it answers the
   * execution as it is and changes nothing.
   */
  releaseExecution: {
    readonly input: { readonly execution_id: string; readonly reason: string };
    readonly answer: ReadExecutionAnswer;
  };

  /**
   * `POST /v1/executions/{execution_id}/refund`: Give the money back, by hand. Repeated, it answers the execution
   * as it is and changes nothing.
   */
  refundExecution: {
    readonly input: { readonly execution_id: string; readonly reason: string };
    readonly answer: ReadExecutionAnswer;
  };

  /**
   * `POST /v1/executions/{execution_id}/result`: Report the result of the work. Completed work awaits acceptance;
   * failed or rejected work gives the money back. The same result again is `already_present`, another one
   * `result_conflict`, whatever has become of the first.
   */
  reportResult: {
    readonly input: {
      readonly execution_id: string;
      readonly status: 'completed' | 'failed' | 'rejected';

      /** any JSON of at most 32768 bytes, nested at most 64 times */
      readonly output?: unknown;

      /** any JSON of at most 32768 bytes, nested at most 64 times */
      readonly error?: unknown;
    };
    readonly answer: ReportResultAnswer;
  };
}

export const executionsOperations = {
  listExecutions: { method: 'GET', path: '/v1/executions', kind: 'list' },
  readExecution: { method: 'GET', path: '/v1/executions/{execution_id}', kind: 'value', polled: true },
  providerAccept: { method: 'POST', path: '/v1/executions/{execution_id}/provider-accept', kind: 'value' },
  acceptExecution: { method: 'POST', path: '/v1/executions/{execution_id}/accept', kind: 'value' },
  providerDecline: {
    method: 'POST',
    path: '/v1/executions/{execution_id}/provider-decline',
    kind: 'value',
    body: true,
  },
  rejectExecution: { method: 'POST', path: '/v1/executions/{execution_id}/reject', kind: 'value', body: true },
  releaseExecution: { method: 'POST', path: '/v1/executions/{execution_id}/release', kind: 'value', body: true },
  refundExecution: { method: 'POST', path: '/v1/executions/{execution_id}/refund', kind: 'value', body: true },
  reportResult: { method: 'POST', path: '/v1/executions/{execution_id}/result', kind: 'value', body: true },
} as const;
