/** The shapes of a bad link (P-52): how late, how slow, how lossy. Each draws the fate of every connection from the seed. */
import type { Shape } from './fault-proxy.ts';
import { unharmed } from './passing.ts';

/** Does nothing by itself; partitions need a link to stop. */
export const clear: Shape = { fates: () => () => unharmed };

/** The same delay for everything, each way. */
export function latency(ms: number): Shape {
  return { fates: () => () => ({ requestDelayMs: ms, answerDelayMs: ms, lost: 'nothing' }) };
}

/** Anything between two delays, each way; beyond a time-out at the far end, the request arrives when its caller has left. */
export function jitter(minMs: number, maxMs: number): Shape {
  return {
    fates: (random) => () => ({
      requestDelayMs: random.integer(minMs, maxMs),
      answerDelayMs: random.integer(minMs, maxMs),
      lost: 'nothing',
    }),
  };
}

/** Mostly quick, now and then very late (Pareto with a cap). */
export function heavyTail(minMs: number, alpha: number, capMs: number): Shape {
  return {
    fates: (random) => {
      const draw = (): number => Math.min(capMs, minMs / (1 - random.next()) ** (1 / alpha));
      return () => ({ requestDelayMs: draw(), answerDelayMs: draw(), lost: 'nothing' });
    },
  };
}

/** Each connection may be reset: half of the lost ones before the request arrives, half before its answer does. */
export function loss(probability: number): Shape {
  return {
    fates: (random) => () => ({
      ...unharmed,
      lost: random.chance(probability) ? (random.chance(0.5) ? 'request' : 'answer') : 'nothing',
    }),
  };
}

/** Loss in bursts (Gilbert and Elliott): a good state without loss, a bad one in which hardly anything gets through. */
export function correlatedLoss(probability: { readonly worsens: number; readonly recovers: number }): Shape {
  return {
    fates: (random) => {
      let bad = false;
      return () => {
        bad = bad ? !random.chance(probability.recovers) : random.chance(probability.worsens);
        const lost = bad && random.chance(0.9);
        return { ...unharmed, lost: lost ? (random.chance(0.5) ? 'request' : 'answer') : 'nothing' };
      };
    },
  };
}

/** Some requests are held so long that those sent after them arrive before them. */
export function reordering(share: number, heldMsMin: number, heldMsMax: number): Shape {
  return {
    fates: (random) => () => ({
      ...unharmed,
      requestDelayMs: random.chance(share) ? random.integer(heldMsMin, heldMsMax) : 0,
    }),
  };
}

/** All connections of the link share so many bytes per second and direction. */
export function lowBandwidth(bytesPerSecond: number): Shape {
  return { fates: () => () => unharmed, bytesPerSecond };
}
