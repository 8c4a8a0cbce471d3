/** Loads LDK into this thread, from the package's own file; nothing of it may be used before. It greets on standard output. */
import { readFile } from 'node:fs/promises';
import { initializeWasmFromBinary } from 'lightningdevkit';

export async function loadLdk(): Promise<void> {
  const wasm = new URL('liblightningjs.wasm', import.meta.resolve('lightningdevkit'));
  await initializeWasmFromBinary(await readFile(wasm));
}
