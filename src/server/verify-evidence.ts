/** `purser verify-evidence FILE`: checks evidence of a decision without a server, and says what it proves and what not (B-06). */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reasonOf } from '../base/failure.ts';
import { limits } from '../base/limits.ts';
import { verifyEvidence, type EvidenceReport } from '../evidence/verify.ts';

/** As the command line has them: what was asked for, refused or violated, used wrongly. */
const EXIT = { done: 0, refused: 1, usage: 2 } as const;

const help = `purser verify-evidence FILE [--key KEY_ID] [--json]

Checks evidence of a decision, as "purser decision evidence" writes it: every hash up to the signed checkpoints, every signature,
the Lightning invoice. Asks no server and needs no data directory. Exit 0: everything holds; 1: something does not.

  --key KEY_ID   the server's key, as you know it from elsewhere: evidence that another key signed is refused
  --json         the report as JSON
`;

/** Runs the program and returns its exit code. */
export function runVerifyEvidence(args: readonly string[]): number {
  if (args.includes('--help')) {
    process.stdout.write(help);
    return EXIT.done;
  }
  const read = readArguments(args);
  if (typeof read === 'string') return wrong(read);
  const { file, key, json } = read;
  const text = readFile(file);
  if (text === undefined) return wrong(`cannot read ${file}`);
  const report = verifyEvidence(text, key);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : linesOf(report));
  return report.ok ? EXIT.done : EXIT.refused;
}

interface Arguments {
  readonly file: string;
  readonly key: string | undefined;
  readonly json: boolean;
}

function readArguments(args: readonly string[]): Arguments | string {
  try {
    const options = { json: { type: 'boolean' }, key: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    const [file, stray] = positionals;
    if (file === undefined) return 'the evidence FILE is missing';
    if (stray !== undefined) return `"${stray}" is one argument too many`;
    return { file, key: values.key, json: values.json === true };
  } catch (error) {
    return reasonOf(error);
  }
}

function readFile(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes.length > limits.evidenceFileBytesMax ? '' : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}

function wrong(message: string): number {
  process.stderr.write(`purser: ${message}. See "purser verify-evidence --help"\n`);
  return EXIT.usage;
}

function linesOf({ ok, checks, proves, does_not_prove: open }: EvidenceReport): string {
  const lines = checks.map(
    ({ name, ok: good, told }) =>
      `EVIDENCE check=${JSON.stringify(name)} status=${good ? 'OK' : 'VIOLATED'} found=${JSON.stringify(told)}`,
  );
  const proven = proves.length === 0 ? [] : ['', 'It proves:', ...proves.map((line) => `  - ${line}`)];
  const unproven = open.length === 0 ? [] : ['', 'It does not prove:', ...open.map((line) => `  - ${line}`)];
  return `${[...lines, ...proven, ...unproven, '', `EVIDENCE status=${ok ? 'OK' : 'VIOLATED'}`].join('\n')}\n`;
}
