/** A thread that stands still: it takes every message and never answers, as a node does that has stopped in the middle. */
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
