/** What fields of the HTTP API are made of. A message that is an error code becomes the refusal's code. */
import * as z from 'zod';
import { invariant } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import { minorUnits, type MinorUnits } from '../base/money.ts';

const AMOUNT = { error: 'invalid_amount' };

/** R12: a safe positive integer on the wire, a bigint from here on. */
export const amount = z
  .codec(
    z.int(AMOUNT).min(1, AMOUNT).max(Number.MAX_SAFE_INTEGER, AMOUNT),
    z.custom<MinorUnits>((value) => typeof value === 'bigint'),
    {
      decode(wire) {
        const units = minorUnits(wire);
        invariant(units !== 'invalid_amount', 'a safe positive integer is an amount');
        return units;
      },
      encode: Number,
    },
  )
  .meta({ description: 'minor units', examples: [500] });

/** A whole number of an answer, all its digits: a balance, a number of the journal. */
export const integer = z.codec(z.int(), z.bigint(), { decode: BigInt, encode: Number });

/** An id as callers may choose it: no control characters, nothing that a path or a log line would have to quote. */
export const id = z
  .string()
  .regex(/^[A-Za-z0-9:._-]{1,128}$/, '1 to 128 characters of letters, digits and : . _ -')
  .meta({ examples: ['tx-0000000001'] });

/** RFC 3339, UTC, as many digits as the journal has. */
export const instant = z.iso.datetime().meta({ examples: ['2026-11-21T09:30:00.123456768Z'] });

/** A whole number in a query string. */
export function wholeNumber(min: number, max: number): z.ZodType<number> {
  const what = `must be a whole number from ${min} to ${max}`;
  return z
    .codec(z.string().regex(/^\d{1,16}$/, what), z.int().min(min, what).max(max, what), {
      decode: Number,
      encode: String,
    })
    .meta({ type: 'integer', pattern: undefined, minimum: min, maximum: max });
}

/** `?cursor&limit`, which every list takes. */
export const paging = {
  cursor: z
    .string()
    .min(1)
    .max(limits.cursorCharactersMax)
    .optional()
    .meta({ description: '`next_cursor` of the page before' }),
  limit: wholeNumber(1, limits.pageItemsMax)
    .optional()
    .meta({ type: 'integer', minimum: 1, maximum: limits.pageItemsMax, default: limits.pageItemsDefault }),
};

/** A list's answer. */
export function pageOf<T>(
  item: z.ZodType<T>,
): z.ZodType<{ readonly items: readonly T[]; readonly next_cursor: string | null }> {
  return z.strictObject({ items: z.array(item).readonly(), next_cursor: z.string().nullable() });
}

/** Nanoseconds as an RFC 3339 time with all nine digits. */
export function instantText(at: bigint): string {
  const seconds = at / 1_000_000_000n;
  const fraction = (at % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}.${fraction}Z`;
}
