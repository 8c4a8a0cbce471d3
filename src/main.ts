/** The programs behind `purser`: finds the one that was asked for and hands over. Commands that ask a server are in cli/. */
import { environment, processEnv, serveFlags } from './server/config.ts';

const usage = `purser: one spend-control server

  purser serve     [--data DIR] [--role all|gateway|risk|ledger] [--http HOST:PORT]   run the server
  purser verify    [--data DIR|--store URL] [--json]  check chain, projections and invariants; exit 1 on a violation
  purser rebuild   [--data DIR|--store URL]           write all projections anew from the facts
  purser backup    --to FILE [--data DIR]             a consistent copy, also while the server runs
  purser restore   FILE [--data DIR]                  verify a backup, then put it in place
  purser migrate-store --from STORE --to STORE        copy SQLite to PostgreSQL, or back, and verify the copy
  purser rotate-keys [--data DIR]                     a new key for sealing tokens of the gate
  purser verify-evidence FILE [--json]                check evidence of a decision, without any server
  purser scenario  [--workload NAME] [--fault NAME] [--seed N] [--json]   drive the rail under faults and check it
  purser bench     [--gateway HOST:PORT] --yes        load a running server with real transfers, beside a yardstick
  purser <command> --help                             more about one of them
`;

const [program = 'help', ...args] = process.argv.slice(2);

switch (program) {
  case 'serve':
    if (args.includes('--help')) {
      process.stdout.write(
        `purser serve: flags ${serveFlags.map((flag) => `--${flag}`).join(' ')}\nenvironment and defaults:\n`,
      );
      for (const [name, value] of Object.entries(environment)) process.stdout.write(`  ${name}=${value}\n`);
    } else {
      const { runServer } = await import('./server/main.ts');
      await runServer(args, processEnv());
    }
    break;
  case 'verify':
  case 'rebuild':
  case 'backup':
  case 'restore':
  case 'migrate-store': {
    const { runMaintenance } = await import('./server/maintenance.ts');
    process.exitCode = await runMaintenance(program, args, processEnv());
    break;
  }
  case 'rotate-keys': {
    const { runRotateKeys } = await import('./server/rotate-keys.ts');
    process.exitCode = runRotateKeys(args, processEnv());
    break;
  }
  case 'verify-evidence': {
    const { runVerifyEvidence } = await import('./server/verify-evidence.ts');
    process.exitCode = runVerifyEvidence(args);
    break;
  }
  case 'scenario': {
    const { runScenarioDriver } = await import('./scenario/main.ts');
    process.exitCode = await runScenarioDriver(args, processEnv());
    break;
  }
  case 'bench': {
    const { runBench } = await import('./load/main.ts');
    process.exitCode = await runBench(args);
    break;
  }
  case 'help':
  case '--help':
  case '-h': {
    const { overview } = await import('./cli/help.ts');
    process.stdout.write(`${usage}\n${overview()}`);
    break;
  }
  default: {
    const { isCommand, runProcess, suggestionFor } = await import('./cli/process.ts');
    if (isCommand(program)) {
      process.exitCode = await runProcess([program, ...args], processEnv(), usage);
    } else {
      process.stderr.write(
        `purser: there is no "${program}"${suggestionFor(program, usage)}\n\n${usage}\nMore: purser help\n`,
      );
      process.exitCode = 2;
    }
  }
}
