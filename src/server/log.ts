/** SERVICE lines: one line per thing that operators and scripts wait for, `SERVICE name=… event=… key=value …`. */

export type Log = (name: string, event: string, fields?: Readonly<Record<string, string | number>>) => void;

/** Values with a space or a quote are written as JSON text, so that a line can always be split again. */
export function serviceLine(
  name: string,
  event: string,
  fields: Readonly<Record<string, string | number>> = {},
): string {
  const pairs = Object.entries(fields).map(([key, value]) => {
    const text = String(value);
    return ` ${key}=${/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)}`;
  });
  return `SERVICE name=${name} event=${event}${pairs.join('')}`;
}

export const logToStdout: Log = (name, event, fields) => {
  process.stdout.write(`${serviceLine(name, event, fields)}\n`);
};
