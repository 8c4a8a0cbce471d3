/** The OpenAPI document: complete, consistent in itself, and made of what the operations really take, give and refuse with. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as z from 'zod';
import { defineOperation } from '../operations/api-operation.ts';
import { apiErrors } from '../operations/codes.ts';
import { amount, id, integer, wholeNumber } from '../operations/schemas.ts';
import { errorsOf, openApiOf } from './openapi.ts';
import { errorTable } from './statuses.ts';

const pay = defineOperation({
  name: 'pay',
  method: 'POST',
  path: '/v1/pay/{payee}',
  chapter: 'Money',
  summary: 'Pays',
  permission: 'transfers:create',
  input: {
    path: z.strictObject({ payee: id }),
    query: z.strictObject({ copies: wholeNumber(1, 3).optional() }),
    body: z.strictObject({ amount, note: z.string().optional() }),
  },
  idempotencyKey: 'required',
  creates: true,
  answer: z.strictObject({ total: integer }),
  refusals: ['insufficient_funds', 'invalid_amount'],
  run: () => assert.fail('only described here'),
});

const read = defineOperation({
  name: 'read',
  method: 'GET',
  path: '/v1/pay/{payee}',
  chapter: 'Money',
  summary: 'Reads',
  permission: 'balances:read',
  input: { path: z.strictObject({ payee: id }) },
  polled: true,
  answer: z.strictObject({ total: integer }),
  refusals: [],
  run: () => assert.fail('only described here'),
});

const document = openApiOf([pay, read], '1.0.0');
const described = document.paths['/v1/pay/{payee}']!;

suite('the OpenAPI document', () => {
  test('has both operations of a path, with what they need', () => {
    assert.deepEqual(Object.keys(described), ['post', 'get']);
    const { operationId, tags, security, 'x-permission': permission } = described['post']!;
    assert.deepEqual([operationId, tags, permission], ['pay', ['Money'], 'transfers:create']);
    assert.deepEqual(security, [{ bearer: [] }, { key: [] }]);
  });

  test('parameters of path, query and header, each with its type', () => {
    const parameters = described['post']!.parameters.map(({ name, in: where, required, schema }) => [
      name,
      where,
      required,
      schema['type'],
    ]);
    assert.deepEqual(parameters, [
      ['payee', 'path', true, 'string'],
      ['copies', 'query', false, 'integer'],
      ['Idempotency-Key', 'header', true, 'string'],
    ]);
  });

  test('bodies and answers as they are on the wire: integers, and nothing beside the named fields', () => {
    const schema = described['post']!.requestBody?.content['application/json']?.schema as {
      properties: Record<string, Record<string, unknown>>;
      required: string[];
      additionalProperties: boolean;
    };
    const { type, minimum, maximum } = schema.properties['amount']!;
    assert.deepEqual([type, minimum, maximum], ['integer', 1, Number.MAX_SAFE_INTEGER]);
    assert.deepEqual([schema.required, schema.additionalProperties], [['amount'], false]);
    const answer = described['post']!.responses['201']!.content!['application/json']!.schema!;
    assert.deepEqual((answer['properties'] as Record<string, { type: string }>)['total']!.type, 'integer');
    assert.equal(described['get']!.requestBody, undefined);
  });

  test('a body of which nothing has to be said may be left out', () => {
    const lock = defineOperation({
      name: 'lock',
      method: 'POST',
      path: '/v1/lock',
      chapter: 'Money',
      summary: 'Locks',
      permission: 'transfers:create',
      input: { body: z.strictObject({ reason: z.string().optional() }) },
      refusals: [],
      run: () => assert.fail('only described here'),
    });
    const bodies = openApiOf([lock, pay], '1.0.0').paths;
    assert.equal(bodies['/v1/lock']?.['post']?.requestBody?.required, false);
    assert.equal(bodies['/v1/pay/{payee}']?.['post']?.requestBody?.required, true);
  });

  test('every status that there can be, with the codes behind it', () => {
    const statuses = (method: string): string[] => Object.keys(described[method]!.responses);
    assert.deepEqual(statuses('post'), [
      '200',
      '201',
      '400',
      '401',
      '403',
      '409',
      '413',
      '415',
      '429',
      '500',
      '503',
      '504',
    ]);
    assert.deepEqual(statuses('get'), ['200', '304', '400', '401', '403', '429', '500', '503', '504']);
    const codes = described['post']!.responses['400']!.description;
    for (const code of ['invalid_amount', 'unknown_field', 'malformed_json'])
      assert.match(codes, new RegExp(`\`${code}\``, 'u'));
    for (const code of errorsOf(pay))
      assert.ok(described['post']!.responses[errorTable[code].status]!.description.includes(`\`${code}\``), code);
  });

  test('is JSON without references that lead nowhere', () => {
    const text = JSON.stringify(document);
    for (const [, path = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
      assert.notEqual(found, undefined, path);
    }
    assert.doesNotMatch(text, /\$schema/);
  });
});

suite('the table of errors', () => {
  test('every code has a status of an error and a sentence', () => {
    assert.deepEqual(Object.keys(errorTable).toSorted(), [...apiErrors].toSorted());
    for (const [code, { status, message }] of Object.entries(errorTable)) {
      assert.ok(status >= 400 && status < 600, code);
      assert.ok(message.length > 10 && !message.endsWith('.'), code);
    }
  });
});
