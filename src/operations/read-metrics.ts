/** `GET /metrics`: the server's own measurements, for Prometheus. */
import { defineOperation, doneText, type ApiOperation } from './api-operation.ts';

export function readMetrics(text: () => Promise<string>): ApiOperation {
  return defineOperation({
    name: 'readMetrics',
    method: 'GET',
    path: '/metrics',
    chapter: 'Server',
    summary: 'Measurements in the text form of Prometheus',
    permission: 'metrics:read',
    input: {},
    mediaType: 'text/plain',
    refusals: [],
    run: async () => doneText(await text()),
  });
}
