/** What a thrown value says: anything may be thrown, and most of it is an Error. */

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The system's code, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
