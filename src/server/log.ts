/** SERVICE lines: one line per thing that operators and scripts wait for, `SERVICE name=… event=… key=value …`. */

export type Log = (name: string, event: string, fields?: Readonly<Record<string, string | number>>) => void;

export function serviceLine(
  name: string,
  event: string,
  fields: Readonly<Record<string, string | number>> = {},
): string {
  return line('SERVICE', { name, event, ...fields });
}

/** `WORD key=value …`. Values with a space or a quote are written as JSON text, so that a line can always be split again. */
export function line(word: string, fields: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(fields).map(([key, value]) => {
    const text = String(value);
    return ` ${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return word + pairs.join('');
}

export const logToStdout: Log = (name, event, fields) => {
  process.stdout.write(`${serviceLine(name, event, fields)}\n`);
};
