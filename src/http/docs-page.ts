/** The OpenAPI document as a page for people: plain HTML and one style sheet, no script, nothing from elsewhere. */
import type { OpenApi, OperationObject, ParameterObject } from './openapi.ts';

/** What the page may load: its own style sheet. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const STYLE = `body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 1px solid #d0d7de; }
nav h2 { margin: 1.5rem 0 0.5rem; border: 0; font-size: 1rem; } nav ul { margin: 0; }
h3 { margin: 2.5rem 0 0.5rem; font-size: 1rem; font-family: ui-monospace, monospace; }
h3 b { color: #0b5cad; } code, pre { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { padding: 0.75rem; overflow-x: auto; background: #f4f6f8; border-radius: 4px; }
table { border-collapse: collapse; } td, th { padding: 0.25rem 0.75rem 0.25rem 0; text-align: left; vertical-align: top; }
a { color: #0b5cad; } summary { cursor: pointer; }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117; } pre { background: #161b22; } h3 b, a { color: #6cb6ff; } }
`;

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const text = (raw: string): string => raw.replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);

/** Text with code in backquotes. */
const prose = (raw: string): string => text(raw).replace(/`([^`]+)`/g, '<code>$1</code>');

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

export function docsPage({ info, paths }: OpenApi): string {
  const listed: Listed[] = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const chapters = Map.groupBy(listed, ({ operation }) => operation.tags[0] ?? '');
  const contents = [...chapters].map(
    ([name, operations]) => `<h2>${text(name)}</h2><ul>${operations.map(contentsLine).join('\n')}</ul>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(info.title)} HTTP API</title>
<link rel="stylesheet" href="/docs/style.css"></head>
<body><main>
<h1>${text(info.title)} HTTP API</h1>
<p>${prose(info.description)}</p>
<p>Version ${text(info.version)}; for machines: <a href="/openapi.json">openapi.json</a>. A key goes into <code>Authorization: Bearer …</code> or <code>X-API-Key: …</code>.</p>
<nav>${contents.join('\n')}</nav>
${[...chapters].map(([name, operations]) => `<h2>${text(name)}</h2>${operations.map(section).join('')}`).join('\n')}
</main></body></html>
`;
}

function contentsLine({ path, method, operation }: Listed): string {
  const { operationId, summary } = operation;
  return `<li><a href="#${text(operationId)}"><code>${method} ${text(path)}</code></a> ${prose(summary)}</li>`;
}

function section({ path, method, operation }: Listed): string {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const body = requestBody?.content['application/json']?.schema;
  return `<section id="${text(operationId)}"><h3><b>${method}</b> ${text(path)}</h3>
<p>${prose(summary)}. Needs <code>${text(operation['x-permission'])}</code>.</p>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
${parameters.length === 0 ? '' : table(['parameter', 'in', 'type', ''], parameters.map(parameterRow))}
${body === undefined ? '' : schemaBlock('Body', body)}
${table(
  ['status', ''],
  Object.entries(responses).map(([status, response]) => [text(status), prose(response.description)]),
)}
${Object.entries(responses)
  .slice(0, 1)
  .map(([status, { content = {} }]) => schemaBlock(`Answer ${status}`, Object.values(content)[0]?.schema))
  .join('')}</section>`;
}

function parameterRow({ name, in: where, required, description = '', schema }: ParameterObject): string[] {
  const kind = typeof schema['type'] === 'string' ? schema['type'] : JSON.stringify(schema);
  return [`<code>${text(name)}</code>${required ? '' : ' (optional)'}`, where, text(kind), prose(description)];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `<table>${tableRow(head, 'th')}${rows.map((row) => tableRow(row, 'td')).join('\n')}</table>`;
}

function tableRow(cells: readonly string[], tag: string): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
}

function schemaBlock(title: string, schema: unknown): string {
  if (schema === undefined) return '';
  return `<details><summary>${text(title)}</summary><pre>${text(JSON.stringify(schema, null, 2))}</pre></details>`;
}
