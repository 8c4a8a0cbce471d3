/**
 * House rules that no linter knows: who may import whom, what pure code may touch, names, sizes, tests beside sources.
 * Every rule is first shown a planted breach, so a rule that has gone blind fails here instead of passing everything.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { suite, test } from 'node:test';

/** A file by its path from the root of the repository. */
interface File {
  readonly path: string;
  readonly text: string;
}

/** Answers with one sentence per breach. */
type Rule = (files: readonly File[]) => string[];

/** Bottom up: a module imports itself and the lines below; modules on one line do not know each other. */
const layers: readonly (readonly string[])[] = [
  ['base'],
  ['payments', 'settlement', 'orders', 'budgets', 'risk', 'l402', 'wire', 'journal', 'access'],
  ['flows', 'evidence'],
  ['store/*.ts', 'lightning/*.ts', 'settlement/ledger.ts'],
  ['gate'],
  ['transfer', 'background'],
  ['operations'],
  ['store/sqlite', 'store/postgres', 'lightning/*', 'frames', 'funding', 'http', 'client'],
  ['cli', 'server', 'scenario', 'load'],
  ['main.ts'],
];

/** Modules that may import less than their layer allows. */
const narrowed: Readonly<Record<string, readonly string[]>> = { cli: ['client', 'base'] };

/** Decisions and flows: no I/O, no clock, no chance. */
const pureModules: readonly string[] = [...(layers[1] ?? []), ...(layers[2] ?? [])];
const nodeModulesAllowed: Readonly<Record<string, readonly string[]>> = {
  l402: ['node:crypto'],
  settlement: ['node:crypto'],
  orders: ['node:crypto'],
  access: ['node:crypto'],
  journal: ['node:crypto'],
  evidence: ['node:crypto'],
  wire: ['node:buffer'],
};
const impure = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\bperformance\.now\b/,
  /\bprocess\./,
  /\bconsole\./,
  /\brandom(?:Bytes|Int|UUID)\b|\bgetRandomValues\b/,
  /\bset(?:Timeout|Interval|Immediate)\(/,
  /\bfetch\(/,
];

const bannedNames = ['utils', 'helpers', 'common', 'shared', 'manager', 'core', 'types', 'misc'];
const linesMax = 500;

// ---- Reading source text. The patterns know just enough of the language to tell code from comments and strings.

const comment = String.raw`\/\*[\s\S]*?\*\/|\/\/[^\n]*`;
const quoted = String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`;
const template = '`(?:\\\\[\\s\\S]|[^`\\\\])*`';
const regExp = String.raw`(?<=(?:[=(,:!&|?{}\[;>]|\breturn)\s*)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n\[])+\/[a-z]*`;
const token = new RegExp([comment, regExp, template, quoted].join('|'), 'g');

function withoutComments(text: string): string {
  return text.replace(token, (found) => (found.startsWith('//') || found.startsWith('/*') ? ' ' : found));
}

/** Only code is left: of a template, what stands in its braces. */
function codeOf(text: string): string {
  return text.replace(token, (found) => (found.startsWith('`') ? (found.match(/\$\{[^}]*\}/g) ?? []).join(' ') : "''"));
}

/** What a file names after `from`, `import` and `import(`, and relative addresses of workers and data files. */
function importsOf(file: File): string[] {
  const code = withoutComments(file.text);
  const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(?:'([^'\n]+)'|"([^"\n]+)"|`([^`\n]+)`)/g;
  return [...code.matchAll(specifier)].map(([, single, double, back]) => single ?? double ?? back ?? '');
}

function inSource(file: File): boolean {
  return file.path.startsWith('src/') && file.path.endsWith('.ts');
}

function isTest(file: File): boolean {
  return file.path.endsWith('.test.ts');
}

/** The module and the layer a file of src belongs to; the test beside a file belongs where the file does. */
function place(path: string): { module: string; layer: number } | undefined {
  const inside = posix.relative('src', path).replace(/\.test\.ts$/, '.ts');
  const [top = '', second = ''] = inside.split('/');
  const depth = inside.split('/').length;
  const wanted =
    depth === 2 ? [inside, `${top}/*.ts`, top] : depth > 2 ? [`${top}/${second}`, `${top}/*`, top] : [inside];
  for (const name of wanted) {
    const layer = layers.findIndex((line) => line.includes(name));
    if (layer >= 0) return { module: name.endsWith('/*') ? `${top}/${second}` : name, layer };
  }
  return undefined;
}

function mayImport(from: { module: string; layer: number }, to: { module: string; layer: number }): boolean {
  if (from.module === to.module) return true;
  return narrowed[from.module]?.includes(to.module) ?? to.layer < from.layer;
}

function isPure(file: File): boolean {
  return inSource(file) && !isTest(file) && pureModules.includes(place(file.path)?.module ?? '');
}

// ---- The rules.

const respectsLayers: Rule = (files) =>
  files.filter(inSource).flatMap((file) => {
    const from = place(file.path);
    if (from === undefined) return [`${file.path} belongs to no module in the table of layers`];
    return importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.join(posix.dirname(file.path), specifier))
      .filter((target) => target.startsWith('src/'))
      .filter((target) => {
        const to = place(target);
        return to === undefined || !mayImport(from, to);
      })
      .map((target) => `${file.path} (${from.module}) must not import ${target}`);
  });

const staysPure: Rule = (files) =>
  files.filter(isPure).flatMap((file) => {
    const allowed = nodeModulesAllowed[place(file.path)?.module ?? ''] ?? [];
    const imported = importsOf(file).filter((name) => isBuiltin(name) && !allowed.includes(name));
    const code = codeOf(file.text);
    const mentioned = impure.flatMap((pattern) => pattern.exec(code)?.[0] ?? []);
    return [...imported, ...mentioned].map((what) => `${file.path} is pure and must not use ${what}`);
  });

const avoidsBannedNames: Rule = (files) =>
  files.flatMap(({ path }) =>
    path
      .split('/')
      .map((segment) => segment.split('.')[0] ?? '')
      .filter((name) => bannedNames.some((banned) => name === banned || name.endsWith(`-${banned}`)))
      .map((name) => `${path}: "${name}" says nothing about what is inside`),
  );

const usesKebabCase: Rule = (files) =>
  files
    .filter(({ path }) => !path.split('/').every((segment) => /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(segment)))
    .map(({ path }) => `${path} is not in kebab-case`);

const staysShort: Rule = (files) =>
  files
    .filter(inSource)
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${linesMax}`);

const hasTestBeside: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter((file) => isPure(file) && /\bfunction\b|=>/.test(codeOf(file.text)))
    .map(({ path }) => ({ path, beside: path.replace(/\.ts$/, '.test.ts') }))
    .filter(({ beside }) => !paths.has(beside))
    .map(({ path, beside }) => `${path} decides something, and ${beside} is missing`);
};

const beginsWithPurpose: Rule = (files) =>
  files
    .filter(inSource)
    .filter(({ text }) => {
      const opening = /^(?:\/\*[\s\S]*?\*\/|(?:\/\/[^\n]*\n)+)/.exec(text)?.[0] ?? '';
      return (opening.match(/\p{L}+/gu) ?? []).length < 3;
    })
    .map(({ path }) => `${path} does not begin with a comment that says what it is for`);

const leavesNothingUndone: Rule = (files) =>
  files.flatMap(({ path, text }) =>
    [...text.matchAll(/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/g)].map(([mark]) => `${path} still has a ${mark}`),
  );

const runsEveryTest: Rule = (files) =>
  files.filter(isTest).flatMap(({ path, text }) => {
    const left = codeOf(text).match(/\.(?:only|skip)\(|\b(?:only|skip): true\b/g) ?? [];
    return left.map((what) => `${path} leaves tests out by ${what}`);
  });

const neverSleeps: Rule = (files) =>
  files.filter(isTest).flatMap(({ path, text }) => {
    const code = codeOf(text);
    const sleeps = code.match(
      /\bsleep\(|\bsetTimeout\([^;\n]*\bresolve|\bresolve\b[^;\n]*\bsetTimeout\(|\bawait setTimeout\(/g,
    );
    return (sleeps ?? []).map((what) => `${path} waits for time to pass (${what}) instead of for what it expects`);
  });

const changelogBeginsUnreleased: Rule = (files) =>
  files
    .filter(({ path }) => path === 'CHANGELOG.md')
    .map(({ path, text }) => ({ path, headings: Array.from(text.matchAll(/^## .*$/gm), ([line]) => line) }))
    .filter(({ headings }) => headings.indexOf('## Unreleased') !== 0 || headings.lastIndexOf('## Unreleased') !== 0)
    .map(({ path }) => `${path} needs "## Unreleased" once, above all releases`);

// ---- The repository under the rules.

const root = join(import.meta.dirname, '..');
const codeFolders = ['bench', 'bin', 'examples', 'migrations', 'runtime', 'src', 'test'];

function read(path: string): File {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

const code: readonly File[] = codeFolders
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => posix.relative(root, join(entry.parentPath, entry.name))),
  )
  .filter((path) => !path.includes('node_modules/'))
  .map(read);

function breach(path: string, text = '/** Is here to be found. */\n'): File {
  return { path, text };
}

const layerBreaches = [
  breach('src/payments/debit.ts', `import { check } from '../risk/check.ts';`),
  breach('src/base/money.ts', `export * from '../flows/transfer.ts';`),
  breach('src/risk/check.test.ts', `import { x } from '../store/sqlite/open.ts';`),
  breach('src/store/sqlite/open.ts', `import type { Y } from '../postgres/open.ts';`),
  breach('src/store/port.ts', `import '../lightning/port.ts';`),
  breach('src/settlement/hold.ts', `import type { Ledger } from './ledger.ts';`),
  breach('src/lightning/lnd/client.ts', `const cln = await import('../cln/client.ts');`),
  breach('src/cli/main.ts', `import { serve } from '../server/serve.ts';`),
  breach('src/cli/verify.ts', `import {\n  verify,\n} from "../journal/verify.ts";`),
  breach('src/server/serve.ts', `import { main } from '../main.ts';`),
  breach('src/transfer/saga.ts', `new Worker(new URL('../server/worker.ts', import.meta.url));`),
  breach('src/elsewhere/thing.ts'),
  breach('src/thing.ts'),
];

const rules: readonly { name: string; rule: Rule; breaches: readonly File[] }[] = [
  { name: 'modules import downwards only', rule: respectsLayers, breaches: layerBreaches },
  {
    name: 'decisions and flows are pure',
    rule: staysPure,
    breaches: [
      breach('src/risk/check.ts', `import { readFileSync } from 'node:fs';`),
      breach('src/risk/velocity.ts', `import fs from 'fs';`),
      breach('src/wire/frame.ts', `import { hash } from 'node:crypto';`),
      breach('src/l402/macaroon.ts', 'const id = `${Date.now()}`;'),
      breach('src/flows/order.ts', `const at = new Date();`),
      breach('src/budgets/gate.ts', `const quote = /'/; if (Math.random() > 0.5) return;`),
      breach('src/orders/pay.ts', `const started = performance.now();`),
      breach('src/journal/chain.ts', `const zone = process.env.TZ;`),
      breach('src/payments/debit.ts', `console.log('debited');`),
      breach('src/settlement/hold.ts', `import { randomUUID } from './ids.ts';`),
    ],
  },
  {
    name: 'names say what is inside',
    rule: avoidsBannedNames,
    breaches: [breach('src/payments/utils.ts'), breach('src/core/debit.ts'), breach('test/hold-types.test.ts')],
  },
  {
    name: 'files and folders are in kebab-case',
    rule: usesKebabCase,
    breaches: [breach('src/payments/debitAccount.ts'), breach('bench/Main.ts'), breach('test/e2e_tests/a.test.ts')],
  },
  {
    name: `no source file has more than ${linesMax} lines`,
    rule: staysShort,
    breaches: [breach('src/payments/debit.ts', '// Long.\n'.repeat(linesMax + 1))],
  },
  {
    name: 'every pure file that does something has a test beside it',
    rule: hasTestBeside,
    breaches: [
      breach('src/risk/check.ts', 'export function check() {}'),
      breach('src/l402/caveat.ts', 'export const x = () => 1;'),
    ],
  },
  {
    name: 'every source file begins by saying what it is for',
    rule: beginsWithPurpose,
    breaches: [
      breach('src/risk/check.ts', 'export const a = 1; // One and only.\n'),
      breach('src/main.ts', '// Main.\n'),
    ],
  },
  {
    name: 'nothing is left to do',
    rule: leavesNothingUndone,
    breaches: ['TO-DO', 'FIX-ME', 'XX-X'].map((mark) => breach('src/main.ts', `// ${mark.replace('-', '')}: later\n`)),
  },
  {
    name: 'no test is left out',
    rule: runsEveryTest,
    breaches: [
      breach('src/risk/check.test.ts', `test.only('a', () => {});`),
      breach('test/e2e/transfer.test.ts', `suite.skip('a', () => {});`),
      breach('test/e2e/transfer.test.ts', `test('a', { skip: true }, () => {});`),
    ],
  },
  {
    name: 'tests wait for events, not for time',
    rule: neverSleeps,
    breaches: [
      breach('test/e2e/a.test.ts', 'await sleep(10);'),
      breach('test/e2e/a.test.ts', 'await new Promise((resolve) => setTimeout(resolve, 10));'),
      breach('test/e2e/a.test.ts', 'await new Promise((resolve) => { setTimeout(() => resolve(), 10); });'),
      breach('test/e2e/a.test.ts', `import { setTimeout } from 'node:timers/promises';\nawait setTimeout(10);`),
    ],
  },
];

suite('house rules', () => {
  for (const { name, rule, breaches } of rules) {
    test(name, () => {
      for (const planted of breaches) {
        assert.notDeepEqual(rule([planted]), [], `blind to ${planted.path}: ${planted.text}`);
      }
      assert.deepEqual(rule(code), []);
    });
  }

  test('the changelog begins with what is unreleased', () => {
    const released = breach('CHANGELOG.md', '# Changelog\n\n## 0.1.0\n\n## Unreleased\n');
    assert.notDeepEqual(changelogBeginsUnreleased([released]), []);
    assert.deepEqual(changelogBeginsUnreleased([read('CHANGELOG.md')]), []);
  });

  test('imports downwards, mentions in comments and files of constants are no breach', () => {
    const lawful = [
      breach(
        'src/flows/order.ts',
        `/** Joins two decisions. */\nimport { a } from '../orders/pay.ts';\n// Date.now() is the caller's.\n`,
      ),
      breach(
        'src/store/sqlite/open.ts',
        `/** Opens a store. */\nimport type { Store } from '../port.ts';\nimport './pragmas.ts';\n`,
      ),
      breach('src/settlement/ledger.ts', `/** The port of a ledger. */\nimport type { Hold } from './hold.ts';\n`),
      breach(
        'src/journal/chain.ts',
        `/** Chains the batches. */\nimport { hash } from 'node:crypto';\nconst reason = 'in process.';\n`,
      ),
      breach('src/cli/main.ts', `/** Reads the arguments. */\nimport { call } from '../client/call.ts';\n`),
    ];
    assert.deepEqual(
      rules.flatMap(({ rule }) => rule(lawful)),
      [],
    );
  });

  test('the rules have seen the repository', () => {
    assert.ok(code.some(({ path }) => path === 'test/tidy.test.ts'));
    assert.equal(code.some(inSource), existsSync(join(root, 'src')));
  });
});
