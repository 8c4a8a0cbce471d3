/** The gate's decisions on rows in memory, strictly: what a decision looks at without having declared it throws. */
import type { Row } from '../../src/base/decision.ts';
import {
  allocations,
  decisions,
  invoices,
  type BucketRow,
  type DecisionRow,
  type InvoiceRow,
} from '../../src/budgets/tables.ts';
import type { PaymentCommand } from '../../src/flows/commands.ts';
import type { Outcome, RowQuery } from '../../src/store/store.ts';
import { gateDecisions } from './gate-commands.ts';
import { policy } from './store-place.ts';
import { StrictDecisions } from './strict-decisions.ts';

export class StrictGate {
  readonly strict = new StrictDecisions(policy, 10_000n, gateDecisions(policy));

  constructor() {
    this.strict.at = 1_795_000_000_000_000_000n;
    this.strict.nowMs = 1_795_000_000_000;
  }

  readonly submit = (command: PaymentCommand): Promise<Outcome> => {
    const { answer, code, replayed = false, followUp } = this.strict.run(command);
    return Promise.resolve({ answer, code, replayed, followUp });
  };

  /** By key only. */
  readonly rows = <R extends Row>({ table, where }: RowQuery<R>): Promise<readonly R[]> => {
    const key = where?.[table.key[0]!];
    const row = this.strict.row(table, String(key));
    return Promise.resolve(row === undefined ? [] : [row]);
  };

  pass(seconds: number): void {
    this.strict.at += BigInt(seconds) * 1_000_000_000n;
  }

  decision(id: string): DecisionRow | undefined {
    return this.strict.row(decisions, id);
  }

  invoice(id: string): InvoiceRow | undefined {
    return this.strict.row(invoices, id);
  }

  bucket(category = '', period = '2026-11'): BucketRow | undefined {
    return this.strict.row(allocations, `acme|${period}|${category}`);
  }
}
