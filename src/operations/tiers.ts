/**
 * Which tier an operation is of (B-08), and what each tier promises. An operation that claims what its tier cannot keep, or that
 * has none, stops the start: a reader must never have to guess how fresh an answer is.
 */
import type { ApiOperation, Tier } from './api-operation.ts';

/** Paths whose operations must have a tier. */
const tiered = ['/l402-otb/', '/exports'] as const;

type Definition = Pick<ApiOperation, 'method' | 'path' | 'tier' | 'polled' | 'keptSeconds'>;

/** What an operation of the tier must be; the sentence says what it is not. */
const promises: Readonly<Record<Tier, (operation: Definition) => string | undefined>> = {
  reference: ({ method, polled }) =>
    method === 'GET' && polled === true ? undefined : 'is of the tier reference, and is no read with an ETag',
  stream: ({ keptSeconds }) => (keptSeconds === undefined ? undefined : 'is of the tier stream, and may be kept'),
  // Beside its reads the one call that moves its watermark now.
  'change-feed': ({ method, path, keptSeconds }) =>
    (method === 'GET' || path === '/l402-otb/reconcile') && keptSeconds === undefined
      ? undefined
      : 'is of the tier change-feed, and is no read of what is new',
  'bulk-window': ({ path }) =>
    path.startsWith('/exports') ? undefined : 'is of the tier bulk-window, and is no export',
};

/** One sentence for each operation whose tier is missing, or mixed with another. */
export function tierFaults(operations: readonly Definition[]): string[] {
  const seen = new Map<string, Tier | undefined>();
  return operations.flatMap((operation) => {
    const { method, path, tier } = operation;
    const name = `${method} ${path}`;
    if (seen.has(name)) return [`${name} is there twice`];
    seen.set(name, tier);
    if (tier === undefined) return tiered.some((begin) => path.startsWith(begin)) ? [`${name} has no tier`] : [];
    if (path.startsWith('/exports') && tier !== 'bulk-window') return [`${name} is an export of the tier ${tier}`];
    const broken = promises[tier](operation);
    return broken === undefined ? [] : [`${name} ${broken}`];
  });
}
