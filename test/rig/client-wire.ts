/**
 * Makes the generated part of the client (`src/client/wire/`): of the OpenAPI document, one file of types and routes per
 * chapter. `node --run client` writes it, and a test compares; so the client cannot lack an operation or a field.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { openApiOf, type OpenApi, type OperationObject } from '../../src/http/openapi.ts';
import { apiErrors } from '../../src/operations/codes.ts';
import { operationsOf } from '../../src/server/api.ts';
import { commentText, TypeNames, typeText, type Schema } from './json-schema-text.ts';

export const WIRE_FOLDER = join(import.meta.dirname, '../../src/client/wire');

const GENERATED = 'Generated from the OpenAPI document by `node --run client`; changed there, not here.';

/** Every operation that a server may have. Their definitions touch none of what stands in for their surroundings. */
export function allOperations(): ReturnType<typeof operationsOf> {
  const unused = { submit() {} } as never;
  return operationsOf(
    {
      store: unused,
      readBalances: unused,
      gateway: { rail: unused, stats: unused, balances: CONFIGURED },
      ledger: unused,
      gate: unused,
      records: unused,
      poke() {},
    },
    { feed: unused, metrics: unused, counts: unused, authenticator: unused },
  );
}

/** Balances are the server's configuration: to a client they are any text. */
const CONFIGURED = ['configured-1', 'configured-2'];

/** What the client has to know of an operation, beside its types. */
interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

function routesOf({ paths }: OpenApi): Route[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: operation.operationId,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** Texts of the files by their names. */
export async function clientWire(): Promise<ReadonlyMap<string, string>> {
  const routes = routesOf(openApiOf(allOperations(), ''));
  const chapters = Map.groupBy(routes, ({ operation }) => operation.tags[0] ?? 'Other');
  const names = new TypeNames();
  // Items of lists first: they give the types that other operations answer with their names.
  for (const [chapter, own] of chapters) for (const route of own) nameItem(names, chapter, route);
  const files = new Map([['errors.ts', errorsFile()]]);
  for (const [chapter, own] of chapters) files.set(`${fileOf(chapter)}.ts`, chapterFile(chapter, own, names));
  files.set('operations.ts', operationsFile([...chapters.keys()]));
  const written = [...files].map(async ([name, text]) => [name, await formatted(text)] as const);
  return new Map(await Promise.all(written));
}

async function formatted(text: string): Promise<string> {
  const style = JSON.parse(readFileSync(join(WIRE_FOLDER, '../../../.prettierrc.json'), 'utf8')) as object;
  return format(text, { ...style, parser: 'typescript' });
}

const fileOf = (chapter: string): string => chapter.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
const pascal = (text: string): string =>
  text.replaceAll(/(?:^|[^A-Za-z0-9]+)(\w)/g, (_, first: string) => first.toUpperCase());
const camel = (text: string): string => `${text[0]?.toLowerCase() ?? ''}${pascal(text).slice(1)}`;

function answerSchema({ operation }: Route): Schema | undefined {
  return operation.responses['200']?.content?.['application/json']?.schema;
}

/** The schema of a list's items; undefined for what is no list. */
function itemSchema(route: Route): Schema | undefined {
  const { properties } = answerSchema(route) ?? {};
  return properties?.['next_cursor'] === undefined ? undefined : properties['items']?.items;
}

function nameItem(names: TypeNames, chapter: string, route: Route): void {
  const item = itemSchema(route);
  if (item === undefined) return;
  const plural = route.name.replace(/^list/, '');
  names.give(item, { name: plural.replace(/ies$/, 'y').replace(/s$/, ''), file: fileOf(chapter) });
}

function chapterFile(chapter: string, routes: readonly Route[], names: TypeNames): string {
  const file = fileOf(chapter);
  const operations = routes.map(
    (route) => `${commentText(summary(route))}${route.name}: ${operationType(route, names, file)};`,
  );
  const table = routes.map((route) => `${route.name}: ${JSON.stringify(tableEntry(route))},`);
  const { declared, imported } = names.usedIn(file);
  return [
    `/** ${chapter}. ${GENERATED} */`,
    ...imported.map(({ name, file: other }) => `import type { ${name} } from './${other}.ts';`),
    ...declared,
    `export interface ${pascal(chapter)}Operations { ${operations.join('\n')} }`,
    `export const ${camel(chapter)}Operations = { ${table.join('\n')} } as const;`,
  ].join('\n\n');
}

const summary = ({ method, path, operation }: Route): string =>
  `\`${method} ${path}\`: ${operation.summary}.${operation.description === undefined ? '' : ` ${operation.description}`}`;

function operationType(route: Route, names: TypeNames, file: string): string {
  return `{ readonly input: ${inputType(route)}; readonly answer: ${answerType(route, names, file)} }`;
}

function answerType(route: Route, names: TypeNames, file: string): string {
  const item = itemSchema(route);
  if (item !== undefined) return names.use(item, file);
  const schema = answerSchema(route);
  if (kindOf(route) === 'events') return names.nameIn('Fact', file);
  if (schema === undefined) return 'string';
  if (!names.knows(schema)) names.give(schema, { name: `${pascal(route.name)}Answer`, file });
  return names.use(schema, file);
}

/** Parameters of the path, of the query and fields of the body stand side by side: no two may have one name. */
function inputType({ name, method, operation }: Route): string {
  const body: Schema =
    operation.requestBody?.content['application/json']?.schema ?? (isFile(operation) ? fileBody : {});
  const parameters = operation.parameters
    .filter((parameter) => method === 'GET' || parameter.in !== 'query')
    .map((parameter) => [fieldOf(parameter), parameter] as const);
  const bodyFields = Object.keys(body.properties ?? {});
  const twice = bodyFields.find((field) => parameters.some(([parameter]) => parameter === field));
  if (twice !== undefined) throw new Error(`${name}: "${twice}" is a parameter and a field of the body, too`);
  const properties = Object.fromEntries(
    parameters.map(([field, { schema, description }]) => [
      field,
      { ...schema, ...(description === undefined ? {} : { description }) },
    ]),
  );
  // The client makes up the key that is missing.
  const required = parameters
    .filter(([, parameter]) => parameter.required && parameter.in !== 'header')
    .map(([field]) => field);
  const whole: Schema = {
    type: 'object',
    properties: { ...properties, ...body.properties },
    required: [...required, ...(body.required ?? [])],
    additionalProperties: false,
  };
  return typeText(whole, { optional: 'undefined', configured: CONFIGURED });
}

/** A file is its text, in a field of its own. */
const fileBody: Schema = {
  properties: { csv: { type: 'string', description: 'the text of the file' } },
  required: ['csv'],
};

const isFile = ({ requestBody }: OperationObject): boolean =>
  requestBody !== undefined && requestBody.content['application/json'] === undefined;

const fieldOf = ({ name }: { readonly name: string }): string => name.toLowerCase().replaceAll('-', '_');

function kindOf(route: Route): 'value' | 'list' | 'events' | 'text' {
  const content = route.operation.responses['200']?.content ?? {};
  if ('text/event-stream' in content) return 'events';
  if ('text/plain' in content || 'text/csv' in content) return 'text';
  return itemSchema(route) === undefined ? 'value' : 'list';
}

function tableEntry(route: Route): object {
  const { method, path, operation } = route;
  const needsQuery = operation.parameters.some((parameter) => parameter.in === 'query' && parameter.required);
  if (method !== 'GET' && needsQuery)
    throw new Error(`${route.name}: only GET has a query, so the client knows what goes where`);
  return {
    method,
    path,
    kind: kindOf(route),
    ...(operation.requestBody === undefined ? {} : isFile(operation) ? { csv: true } : { body: true }),
    ...(operation.parameters.some(({ name }) => name === 'Idempotency-Key') ? { key: keyOf(operation) } : {}),
    ...('304' in operation.responses ? { polled: true } : {}),
  };
}

/** What may have to be paid for is asked for again as it was: a key that was made up would make it another request. */
const keyOf = ({ responses }: OperationObject): true | 'given' => ('402' in responses ? 'given' : true);

function operationsFile(chapters: readonly string[]): string {
  const files = chapters.map((chapter) => ({
    file: fileOf(chapter),
    type: `${pascal(chapter)}Operations`,
    table: `${camel(chapter)}Operations`,
  }));
  return [
    `/** All operations. ${GENERATED} */`,
    files.map(({ file, type, table }) => `import { ${table}, type ${type} } from './${file}.ts';`).join('\n'),
    files.map(({ file }) => `export type * from './${file}.ts';`).join('\n'),
    `export interface Operations extends ${files.map(({ type }) => type).join(', ')} {}`,
    `export const operations = { ${files.map(({ table }) => `...${table}`).join(', ')} } as const;`,
  ].join('\n\n');
}

function errorsFile(): string {
  return [
    `/** Codes of refusals. ${GENERATED} */`,
    `export type ErrorCode = ${apiErrors.map((code) => `'${code}'`).join(' | ')};`,
  ].join('\n\n');
}
