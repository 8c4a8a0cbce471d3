/** The operations of exports, for the list that HTTP serves. */
import type { ApiOperation } from '../api-operation.ts';
import { downloadExport, listExports, readExport, requestExport, type ExportParts } from './export-operations.ts';

export function exportOperations(parts: ExportParts): ApiOperation[] {
  return [requestExport(parts), listExports(parts), readExport(parts), downloadExport(parts)];
}
