/** JSON with integers of any size: what a double cannot hold becomes a bigint, and is written as the digits that came. */

declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

type Reviver = (name: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Facts hold nanoseconds, which have more digits than a double. */
const keepDigits: Reviver = (_, value, { source }) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

export function readJson(text: string): unknown {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type library does not know the third argument yet
  return JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]);
}

export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? JSON.rawJSON(inner.toString()) : inner,
  );
}
