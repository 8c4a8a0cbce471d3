/** Budgets. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface Merchant {
  readonly merchant_id: string;
  readonly name: string;
  readonly currency: string;
  readonly calendar: '4-5-4' | 'calendar';
  readonly year_end: string;
  readonly hierarchy: readonly {
    readonly category: string;
    readonly parent: string | null;
    readonly from: string | null;
  }[];
  readonly hierarchy_version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Budget {
  readonly budget_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly basis: 'cost' | 'retail';
  readonly currency: string;
  readonly status: 'draft' | 'active' | 'locked' | 'closed';

  /** what is allocated: the receipt budget, without on order */
  readonly amount_cents: number;

  /** what may still be committed of the merchant as a whole, now; of a draft what the plan comes to */
  readonly open_to_buy_cents: number;

  /** what the plan comes to: its on order is taken off */
  readonly planned_open_to_buy_cents: number;

  /** as activated, for ever; null before */
  readonly original_cents: number | null;

  /** null where the amount was given */
  readonly plan: {
    readonly planned_sales_cents: number;
    readonly planned_reductions_cents: number;
    readonly planned_closing_stock_cents: number;
    readonly opening_stock_cents: number;
    readonly on_order_cents: number;
    readonly initial_markup_bp: number | null;
  } | null;
  readonly revision: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Allocation {
  readonly allocation_id: string;
  readonly budget_id: string | null;
  readonly merchant_id: string;
  readonly period: string;

  /** null: the merchant as a whole */
  readonly category: string | null;

  /** what it is taken from; null: the merchant as a whole */
  readonly parent_category: string | null;
  readonly amount_cents: number;
  readonly holdback_cents: number;

  /** of the amount, what child categories were given */
  readonly children_cents: number;
  readonly reserved_cents: number;
  readonly committed_cents: number;
  readonly received_cents: number;
  readonly adjusted_cents: number;

  /** may be negative: overbought */
  readonly open_to_buy_cents: number;
  readonly below_committed: boolean;
  readonly revision: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface ImportBudgetsAnswer {
  readonly merchant_id: string;
  readonly rows: number;
  readonly budgets_created: number;
  readonly budgets_revised: number;
  readonly allocations_set: number;
}

export interface ReadBudgetAnswer {
  readonly budget_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly basis: 'cost' | 'retail';
  readonly currency: string;
  readonly status: 'draft' | 'active' | 'locked' | 'closed';

  /** what is allocated: the receipt budget, without on order */
  readonly amount_cents: number;

  /** what may still be committed of the merchant as a whole, now; of a draft what the plan comes to */
  readonly open_to_buy_cents: number;

  /** what the plan comes to: its on order is taken off */
  readonly planned_open_to_buy_cents: number;

  /** as activated, for ever; null before */
  readonly original_cents: number | null;

  /** null where the amount was given */
  readonly plan: {
    readonly planned_sales_cents: number;
    readonly planned_reductions_cents: number;
    readonly planned_closing_stock_cents: number;
    readonly opening_stock_cents: number;
    readonly on_order_cents: number;
    readonly initial_markup_bp: number | null;
  } | null;
  readonly revision: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;

  /** the newest first, a hundred at most */
  readonly revisions: readonly {
    readonly revision: number;
    readonly amount_cents: number;
    readonly plan: {
      readonly planned_sales_cents: number;
      readonly planned_reductions_cents: number;
      readonly planned_closing_stock_cents: number;
      readonly opening_stock_cents: number;
      readonly on_order_cents: number;
      readonly initial_markup_bp: number | null;
    } | null;
    readonly reason: string | null;
    readonly revised_by: string;
    readonly revised_at: string;
  }[];
}

export interface ReviseBudgetAnswer {
  readonly budget_id: string;
  readonly merchant_id: string;
  readonly period: string;
  readonly basis: 'cost' | 'retail';
  readonly currency: string;
  readonly status: 'draft' | 'active' | 'locked' | 'closed';

  /** what is allocated: the receipt budget, without on order */
  readonly amount_cents: number;

  /** what may still be committed of the merchant as a whole, now; of a draft what the plan comes to */
  readonly open_to_buy_cents: number;

  /** what the plan comes to: its on order is taken off */
  readonly planned_open_to_buy_cents: number;

  /** as activated, for ever; null before */
  readonly original_cents: number | null;

  /** null where the amount was given */
  readonly plan: {
    readonly planned_sales_cents: number;
    readonly planned_reductions_cents: number;
    readonly planned_closing_stock_cents: number;
    readonly opening_stock_cents: number;
    readonly on_order_cents: number;
    readonly initial_markup_bp: number | null;
  } | null;
  readonly revision: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;

  /** more is taken already than the budget gives */
  readonly below_committed: boolean;
}

export interface ReadOpenToBuyAnswer {
  readonly merchant_id: string;
  readonly category: string | null;
  readonly period: string;
  readonly first_day: string;
  readonly last_day: string;
  readonly budget_id: string | null;
  readonly basis: 'cost' | 'retail';
  readonly currency: string;
  readonly allocated_cents: number;

  /** of it, what child categories were given: they spend it, not this one */
  readonly children_cents: number;
  readonly holdback_cents: number;
  readonly reserved_cents: number;
  readonly committed_cents: number;
  readonly received_cents: number;
  readonly adjusted_cents: number;

  /** may be negative: overbought */
  readonly open_to_buy_cents: number;

  /** of what is reserved and committed, for a period that is over */
  readonly overdue_cents: number;

  /** the budget that the gate would debit; null: the category stands nowhere at that time */
  readonly debited: { readonly category: string | null; readonly period: string } | null;
  readonly status: 'none' | 'active' | 'locked' | 'closed';
  readonly revision: number;
}

export interface BudgetsOperations {
  /**
   * `PUT /l402-otb/merchants/{merchant_id}`: Set a merchant's calendar and categories. The hierarchy is replaced
   * as a whole; a category that moves keeps its old line and gets another with the day from which it stands
   * elsewhere. Allocations stay where they were taken from until they are set again.
   */
  putMerchant: {
    readonly input: {
      readonly merchant_id: string;
      readonly name: string;
      readonly currency: string;
      readonly calendar?: '4-5-4' | 'calendar' | undefined;

      /** 4-5-4: years end on the Saturday nearest to it; 01-31 without it */
      readonly year_end?: string | undefined;
      readonly hierarchy?:
        | readonly {
            readonly category: string;

            /** null: at the top */
            readonly parent?: string | null | undefined;

            /** from this day on; null: always */
            readonly from?: string | null | undefined;
          }[]
        | undefined;
    };
    readonly answer: Merchant;
  };

  /** `GET /l402-otb/merchants/{merchant_id}`: A merchant's calendar and categories. */
  readMerchant: { readonly input: { readonly merchant_id: string }; readonly answer: Merchant };

  /** `GET /l402-otb/merchants`: Merchants, the newest first. */
  listMerchants: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
    };
    readonly answer: Merchant;
  };

  /**
   * `POST /l402-otb/budgets`: Draft a budget. Give `amount_cents`, or a `plan`: the receipt budget is planned
   * sales + reductions + closing stock - opening stock, at cost less the initial markup, rounded down. A draft
   * binds nothing until it is activated.
   */
  draftBudget: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly merchant_id: string;
      readonly period: string;
      readonly basis: 'cost' | 'retail';
      readonly currency: string;

      /** minor units */
      readonly amount_cents?: number | undefined;

      /** in place of `amount_cents` */
      readonly plan?:
        | {
            /** minor units, from 0 */
            readonly planned_sales_cents: number;

            /** minor units, from 0 */
            readonly planned_reductions_cents?: number | undefined;

            /** minor units, from 0 */
            readonly planned_closing_stock_cents: number;

            /** without it: the closing stock of the period before's plan */
            readonly opening_stock_cents?: number | undefined;

            /** minor units, from 0 */
            readonly on_order_cents?: number | undefined;

            /** at cost: the components are at retail, and this is taken off */
            readonly initial_markup_bp?: number | undefined;
          }
        | undefined;
    };
    readonly answer: Budget;
  };

  /** `GET /l402-otb/budgets`: Budgets, the newest first. */
  listBudgets: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly period?: string | undefined;
      readonly status?: 'draft' | 'active' | 'locked' | 'closed' | undefined;
    };
    readonly answer: Budget;
  };

  /**
   * `POST /l402-otb/budgets/import`: Import budgets from a file. Comma-separated values with the columns
   * `merchant_id`, `period`, `category` (empty: the budget itself), `amount_cents`, and perhaps `basis`,
   * `currency`, `holdback_cents`. A budget that is not there yet is active at once. Wrong lines are named with
   * line and column; then nothing of the file is taken.
   */
  importBudgets: {
    readonly input: {
      /** the text of the file */
      readonly csv: string;
    };
    readonly answer: ImportBudgetsAnswer;
  };

  /**
   * `GET /l402-otb/budgets/export`: A merchant's budgets as a file. Comma-separated values: a line per bucket,
   * with what became of it. Without a period all of them.
   */
  exportBudgets: {
    readonly input: { readonly merchant_id: string; readonly period?: string | undefined };
    readonly answer: string;
  };

  /** `GET /l402-otb/budgets/{budget_id}`: A budget and its revisions. */
  readBudget: { readonly input: { readonly budget_id: string }; readonly answer: ReadBudgetAnswer };

  /**
   * `POST /l402-otb/budgets/{budget_id}/activate`: Put a budget in force. The amount is frozen as the original
   * plan, what is on order enters as commitments, and the merchant-wide bucket of the period is filled. Repeated,
   * it shows the budget as it is.
   */
  activateBudget: { readonly input: { readonly budget_id: string }; readonly answer: Budget };

  /**
   * `POST /l402-otb/budgets/{budget_id}/revise`: Change the amount of a budget. Less than what is committed is
   * allowed, and flagged: `below_committed`. Less than what was given to categories is not. `on_order_cents` of a
   * plan replaces the opening commitments, which never count what went through the gate; an amount leaves them as
   * they are.
   */
  reviseBudget: {
    readonly input: {
      readonly budget_id: string;

      /** minor units */
      readonly amount_cents?: number | undefined;

      /** in place of `amount_cents` */
      readonly plan?:
        | {
            /** minor units, from 0 */
            readonly planned_sales_cents: number;

            /** minor units, from 0 */
            readonly planned_reductions_cents?: number | undefined;

            /** minor units, from 0 */
            readonly planned_closing_stock_cents: number;

            /** without it: the closing stock of the period before's plan */
            readonly opening_stock_cents?: number | undefined;

            /** minor units, from 0 */
            readonly on_order_cents?: number | undefined;

            /** at cost: the components are at retail, and this is taken off */
            readonly initial_markup_bp?: number | undefined;
          }
        | undefined;
      readonly reason?: string | undefined;
    };
    readonly answer: ReviseBudgetAnswer;
  };

  /**
   * `GET /l402-otb/budget`: What may still be spent. Of the merchant as a whole without a category. Without a
   * period the most specific one that has a budget today, else this month. A merchant without a budget has zeros
   * and the status `none`.
   */
  readOpenToBuy: {
    readonly input: {
      readonly merchant_id: string;
      readonly category?: string | undefined;
      readonly period?: string | undefined;
    };
    readonly answer: ReadOpenToBuyAnswer;
  };

  /**
   * `POST /l402-otb/allocations`: Give a category its share of a budget. It is taken from the nearest category
   * above that has a share, at last from the merchant as a whole, and never more than that has left:
   * `exceeds_parent` says how much there is.
   */
  createAllocation: {
    readonly input: {
      /** 1 to 1024 bytes of UTF-8; one key has one outcome */
      readonly idempotency_key?: string | undefined;
      readonly budget_id: string;
      readonly category: string;

      /** minor units */
      readonly amount_cents: number;

      /** of the amount, what the gate must leave alone */
      readonly holdback_cents?: number | undefined;
    };
    readonly answer: Allocation;
  };

  /**
   * `GET /l402-otb/allocations`: Allocations, by merchant, period and category. Also what nobody planned and was
   * spent all the same: its `budget_id` is null.
   */
  listAllocations: {
    readonly input: {
      /** `next_cursor` of the page before */
      readonly cursor?: string | undefined;
      readonly limit?: number | undefined;
      readonly merchant_id?: string | undefined;
      readonly budget_id?: string | undefined;
      readonly period?: string | undefined;
      readonly category?: string | undefined;
    };
    readonly answer: Allocation;
  };

  /**
   * `PATCH /l402-otb/allocations/{allocation_id}`: Change the share of a category. Less than what is committed is
   * allowed, and flagged: `below_committed`. Of the merchant-wide allocation only the holdback can be changed; its
   * amount is the budget, which is revised. 0 takes it back.
   */
  changeAllocation: {
    readonly input: {
      readonly allocation_id: string;
      readonly budget_id?: string | undefined;
      readonly category?: string | undefined;

      /** minor units, from 0 */
      readonly amount_cents?: number | undefined;

      /** of the amount, what the gate must leave alone */
      readonly holdback_cents?: number | undefined;
    };
    readonly answer: Allocation;
  };
}

export const budgetsOperations = {
  putMerchant: { method: 'PUT', path: '/l402-otb/merchants/{merchant_id}', kind: 'value', body: true },
  readMerchant: { method: 'GET', path: '/l402-otb/merchants/{merchant_id}', kind: 'value', polled: true },
  listMerchants: { method: 'GET', path: '/l402-otb/merchants', kind: 'list', polled: true },
  draftBudget: { method: 'POST', path: '/l402-otb/budgets', kind: 'value', body: true, key: true },
  listBudgets: { method: 'GET', path: '/l402-otb/budgets', kind: 'list', polled: true },
  importBudgets: { method: 'POST', path: '/l402-otb/budgets/import', kind: 'value', csv: true },
  exportBudgets: { method: 'GET', path: '/l402-otb/budgets/export', kind: 'text' },
  readBudget: { method: 'GET', path: '/l402-otb/budgets/{budget_id}', kind: 'value', polled: true },
  activateBudget: { method: 'POST', path: '/l402-otb/budgets/{budget_id}/activate', kind: 'value' },
  reviseBudget: { method: 'POST', path: '/l402-otb/budgets/{budget_id}/revise', kind: 'value', body: true },
  readOpenToBuy: { method: 'GET', path: '/l402-otb/budget', kind: 'value', polled: true },
  createAllocation: { method: 'POST', path: '/l402-otb/allocations', kind: 'value', body: true, key: true },
  listAllocations: { method: 'GET', path: '/l402-otb/allocations', kind: 'list', polled: true },
  changeAllocation: { method: 'PATCH', path: '/l402-otb/allocations/{allocation_id}', kind: 'value', body: true },
} as const;
