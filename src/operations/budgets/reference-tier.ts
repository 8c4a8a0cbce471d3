/** Reads of budgets, allocations and policies are of the Reference tier (B-08): they have an ETag, and may be kept a minute. */

export const KEPT_SECONDS = 60;
