/** Server. Generated from the OpenAPI document by `node --run client`; changed there, not here. */

export interface ServerOperations {
  /** `GET /metrics`: Measurements in the text form of Prometheus. */
  readMetrics: { readonly input: Readonly<Record<string, never>>; readonly answer: string };
}

export const serverOperations = { readMetrics: { method: 'GET', path: '/metrics', kind: 'text' } } as const;
