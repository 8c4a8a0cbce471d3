/** The OpenAPI 3.1 document of a list of operations: made of the schemas that validate, so that it cannot drift. */
import * as z from 'zod';
import { limits } from '../base/limits.ts';
import type { ApiOperation } from '../operations/api-operation.ts';
import { apiErrors, type ApiError } from '../operations/codes.ts';
import { mayLeaveOutBody } from './read-input.ts';
import { bodyErrors, errorTable, generalErrors } from './statuses.ts';

type Json = Record<string, unknown>;

export interface OpenApi {
  readonly openapi: '3.1.1';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: Json;
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Json[];
  readonly parameters: readonly ParameterObject[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Json }>>;
  };
  readonly responses: Readonly<Record<string, ResponseObject>>;
  readonly 'x-permission': string;
  readonly 'x-tier'?: string;
}

export interface ParameterObject {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Json;
}

interface ResponseObject {
  readonly description: string;
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { readonly schema?: Json }>>;
}

export function openApiOf(operations: readonly ApiOperation[], version: string): OpenApi {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const operation of operations)
    (paths[operation.path] ??= {})[operation.method.toLowerCase()] = operationObject(operation);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Purser',
      version,
      description:
        'JSON in snake_case, amounts as whole numbers of minor units, times in RFC 3339 (UTC). Everything that is not 2xx or 304 has ' +
        'the envelope of errors. Unknown fields are refused by name. `X-Request-Id` is repeated, or made up.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: { Error: errorSchema(apiErrors) },
    },
  };
}

/** Every code that an operation can refuse with. */
export function errorsOf(operation: ApiOperation): ApiError[] {
  const ofBody = Object.keys(bodyTypes(operation)).length === 0 ? [] : bodyErrors;
  const ofKey: readonly ApiError[] = operation.idempotencyKey === undefined ? [] : ['invalid_idempotency_key'];
  return [...new Set([...generalErrors, ...ofBody, ...ofKey, ...operation.refusals])];
}

function operationObject(operation: ApiOperation): OperationObject {
  const { name, chapter, summary, description, permission, tier } = operation;
  const content = bodyTypes(operation);
  return {
    operationId: name,
    tags: [chapter],
    summary,
    ...(description === undefined ? {} : { description }),
    security: [{ bearer: [] }, { key: [] }],
    parameters: parametersOf(operation),
    ...(Object.keys(content).length === 0 ? {} : { requestBody: { required: !mayLeaveOutBody(operation), content } }),
    responses: { ...successes(operation), ...failures(operation) },
    'x-permission': permission,
    ...(tier === undefined ? {} : { 'x-tier': tier }),
  };
}

/** What a body may be; of nothing, where there is none. */
function bodyTypes({ input, csv }: ApiOperation): Record<string, { readonly schema: Json }> {
  return {
    ...(input.body === undefined ? {} : { 'application/json': { schema: wireSchema(input.body) } }),
    ...(csv === undefined ? {} : { 'text/csv': { schema: { type: 'string' } } }),
  };
}

/** What goes over the wire, before it is decoded. */
function wireSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return rest;
}

function parametersOf({ input, idempotencyKey }: ApiOperation): ParameterObject[] {
  const parameters = [...fieldsOf('path', input.path), ...fieldsOf('query', input.query)];
  if (idempotencyKey !== undefined)
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: idempotencyKey === 'required',
      description: `1 to ${limits.idempotencyKeyBytesMax} bytes of UTF-8; one key has one outcome`,
      schema: { type: 'string', minLength: 1, maxLength: limits.idempotencyKeyBytesMax },
    });
  return parameters;
}

function fieldsOf(where: 'path' | 'query', schema: z.ZodType | undefined): ParameterObject[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = wireSchema(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(typeof description === 'string' ? { description } : {}),
    schema: rest,
  }));
}

const REPLAYED = {
  'Idempotency-Replayed': { description: '`true`: this was recorded before', schema: { const: 'true' } },
};

function successes(operation: ApiOperation): Record<string, ResponseObject> {
  const { answer, creates = false, polled = false, mediaType = 'application/json' } = operation;
  const content = { [mediaType]: answer === undefined ? {} : { schema: wireSchema(answer) } };
  const etag = polled ? { headers: { ETag: { schema: { type: 'string' } } } } : {};
  return {
    ...(creates ? { 201: { description: 'done for the first time', content } } : {}),
    200: creates
      ? { description: 'recorded before; the same body', content, headers: REPLAYED }
      : { description: 'done', content, ...etag },
    ...(polled ? { 304: { description: 'nothing has changed since `If-None-Match`' } } : {}),
  };
}

function failures(operation: ApiOperation): Record<string, ResponseObject> {
  const byStatus = Map.groupBy(errorsOf(operation), (code) => errorTable[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${errorTable[code].message}`).join('; '),
        content: { 'application/json': { schema: errorSchema(codes) } },
      },
    ]),
  );
}

function errorSchema(codes: readonly ApiError[]): Json {
  return {
    type: 'object',
    required: ['error', 'request_id'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        properties: { code: { enum: codes }, message: { type: 'string' } },
      },
      request_id: { type: 'string' },
    },
  };
}
