/** The fault profiles (P-52), and how each treats either deployment. A profile that needs a link between services has no all-in-one treatment. */
import type { Shape, Stopped } from './fault-proxy.ts';
import { clear, correlatedLoss, heavyTail, jitter, latency, loss, lowBandwidth, reordering } from './shapes.ts';

export const deploymentKinds = ['all-in-one', 'split'] as const;
export type DeploymentKind = (typeof deploymentKinds)[number];

export type Link = 'driver-gateway' | 'gateway-risk' | 'gateway-ledger';

/** A server process; `all` is the all-in-one. */
export type RoleName = 'all' | 'gateway' | 'risk' | 'ledger';

/** What a profile does to a deployment. */
export interface Treatment {
  /** Links with a fault proxy in them. */
  readonly links?: Partial<Readonly<Record<Link, Shape>>>;
  /** Stops some links after so many answers, until the load is over. */
  readonly partition?: { readonly links: readonly Link[]; readonly stops: Stopped; readonly afterAnswers: number };
  /** `kill -9` in the middle of the load, each followed by a start with the same addresses and data. */
  readonly kills?: { readonly role: RoleName; readonly times: number };
  /** So many times in the middle of the load every connection to the database breaks. Only with `--store`. */
  readonly databaseCuts?: number;
  /** Killed before the load and not started again. */
  readonly down?: RoleName;
  /** What must be true beside the invariants. */
  readonly promise?: 'no success before it heals' | 'risk does not answer and transfers proceed';
  /** The most references of one workload: slow links get fewer. */
  readonly references?: number;
  /** How long a caller keeps asking for one reference. */
  readonly patienceMs?: number;
}

export interface Profile {
  readonly about: string;
  /** The workload it runs with unless another is asked for. */
  readonly workload: string;
  readonly on: Partial<Readonly<Record<DeploymentKind, Treatment>>>;
}

/** Short time-outs for the split deployment under faults, so that they are reached while somebody watches. */
export const faultEnvironment = {
  BANK_FRAUD_TIMEOUT: '0.2',
  BANK_ACCT_TIMEOUT: '0.25',
  BANK_ROLLBACK_BASE_S: '0.05',
} as const;

const ACCT_TIMEOUT_MS = 250;
const FRAUD_TIMEOUT_MS = 200;

/** The same shape on the link of the callers, and on every link of the split deployment. */
function everywhere(shape: Shape, between = shape): Profile['on'] {
  return {
    'all-in-one': { links: { 'driver-gateway': shape } },
    split: { links: { 'driver-gateway': shape, 'gateway-risk': between, 'gateway-ledger': between } },
  };
}

/** Links that do nothing by themselves until they are stopped. */
function parted(links: readonly Link[], stops: Stopped, afterAnswers: number): Treatment {
  return {
    links: Object.fromEntries(links.map((link) => [link, clear])),
    partition: { links, stops, afterAnswers },
  };
}

const killsOf = (role: RoleName): Treatment => ({ kills: { role, times: 2 } });

export const profiles: Readonly<Record<string, Profile>> = {
  latency: { about: '15 ms more, each way', workload: 'mixed-day', on: everywhere(latency(15)) },
  jitter: { about: '0 to 40 ms, each way', workload: 'conservation', on: everywhere(jitter(0, 40)) },
  'heavy-tail': {
    about: 'mostly 2 ms, now and then up to 0.6 s',
    workload: 'conservation',
    on: everywhere(heavyTail(2, 0.8, 600)),
  },
  loss: { about: 'connections reset: 15 in 100', workload: 'doubled-keys', on: everywhere(loss(0.15)) },
  'correlated-loss': {
    about: 'resets in bursts',
    workload: 'conservation',
    on: everywhere(correlatedLoss({ worsens: 0.1, recovers: 0.15 })),
  },
  reordering: {
    about: 'later connections overtake earlier ones',
    workload: 'conservation',
    on: everywhere(reordering(0.5, 1, 100), reordering(0.45, ACCT_TIMEOUT_MS + 10, 4 * ACCT_TIMEOUT_MS)),
  },
  'low-bandwidth': { about: '24 kB/s per link', workload: 'mixed-day', on: everywhere(lowBandwidth(24_000)) },
  'one-way-partition': {
    about: 'requests arrive, answers do not, until the load is over',
    workload: 'conservation',
    on: {
      'all-in-one': { ...parted(['driver-gateway'], 'answers', 16), references: 48, patienceMs: 800 },
      split: { ...parted(['gateway-ledger'], 'answers', 16), references: 48 },
    },
  },
  'full-partition': {
    about: 'nothing gets through until the load is over',
    workload: 'conservation',
    on: {
      'all-in-one': {
        ...parted(['driver-gateway'], 'everything', 0),
        references: 32,
        patienceMs: 800,
        promise: 'no success before it heals',
      },
      split: {
        ...parted(['gateway-risk', 'gateway-ledger'], 'everything', 0),
        references: 32,
        promise: 'no success before it heals',
      },
    },
  },
  'slow-risk': {
    about: 'risk answers after its time-out',
    workload: 'burst',
    on: {
      split: {
        links: { 'gateway-risk': jitter(FRAUD_TIMEOUT_MS, 2 * FRAUD_TIMEOUT_MS) },
        promise: 'risk does not answer and transfers proceed',
      },
    },
  },
  'slow-ledger': {
    about: 'the ledger answers around its time-out',
    workload: 'conservation',
    on: {
      split: { links: { 'gateway-ledger': jitter(ACCT_TIMEOUT_MS * 0.1, ACCT_TIMEOUT_MS * 0.9) }, references: 64 },
    },
  },
  'risk-down': {
    about: 'risk is killed and stays down',
    workload: 'burst',
    on: { split: { down: 'risk', promise: 'risk does not answer and transfers proceed' } },
  },
  'ledger-killed': {
    about: 'kill -9 of the ledger in the middle of the load, twice, with restart',
    workload: 'conservation',
    on: { split: killsOf('ledger') },
  },
  'gateway-killed': {
    about: 'kill -9 of the payment gateway in the middle of the load, twice, with restart',
    workload: 'conservation',
    on: { split: killsOf('gateway') },
  },
  'server-killed': {
    about: 'kill -9 of the whole server (of several, one each time) in the middle of the load, twice, with restart',
    workload: 'conservation',
    on: { 'all-in-one': killsOf('all') },
  },
  'database-cut': {
    about: 'with --store: all connections to the database break in the middle of the load, three times',
    workload: 'conservation',
    on: { 'all-in-one': { databaseCuts: 3 }, split: { databaseCuts: 3 } },
  },
};
