/** A provider's result: what it says, and the digest by which the same result is recognised (S-34). */
import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';

export interface ProviderResult {
  /** `dispatch-error` is the bridge's own: the work never reached the provider. */
  readonly status: 'completed' | 'failed' | 'rejected' | 'dispatch-error';
  /** Any JSON value. */
  readonly output: unknown;
  readonly error: unknown;
}

/** Canonical JSON: the same members in another order are the same result. */
export function resultContent({ status, output, error }: ProviderResult): string {
  return canonical({ status, output: output ?? null, error: error ?? null });
}

export const resultDigest = (content: string): string => hash('sha256', content);
