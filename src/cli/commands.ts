/** The table of commands. A resource that joins is a file of its own and a line here. */
import type { Command } from './command.ts';
import { accountCommands } from './resources/account.ts';
import { balanceCommands } from './resources/balance.ts';
import { factCommands } from './resources/fact.ts';
import { holdCommands } from './resources/hold.ts';
import { keyCommands } from './resources/key.ts';
import { topUpCommands } from './resources/top-up.ts';
import { transferCommands } from './resources/transfer.ts';

export const commands: readonly Command[] = [
  ...accountCommands,
  ...topUpCommands,
  ...holdCommands,
  ...transferCommands,
  ...balanceCommands,
  ...factCommands,
  ...keyCommands,
];

export const resources: readonly string[] = [...new Set(commands.map(({ resource }) => resource))];
