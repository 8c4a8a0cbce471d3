/** Lets requests through between two steps of a long job: an engine in this process answers at once, and nothing else would run. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
