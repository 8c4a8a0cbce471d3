/** A store whose process ends at a chosen command: what it recorded is durable, and nobody ever hears of it. */
import type { Store } from '../../src/store/store.ts';

/** SIGKILL as soon as the n-th command of a type has been committed. */
export function deadlyAt(type: string, nth: number, store: Store): Store {
  const submit = store.submit.bind(store);
  let counted = 0;
  store.submit = async (command) => {
    const outcome = await submit(command);
    if (command.type === type && ++counted === nth) process.kill(process.pid, 'SIGKILL');
    return outcome;
  };
  return store;
}
