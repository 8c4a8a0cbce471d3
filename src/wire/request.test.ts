/** From payload bytes to a request (P-01, P-02, R12): what is one, and what is answered `invalid_request`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseRequest } from './request.ts';

suite('P-02 payloads that are no request', () => {
  const rows: readonly [what: string, payload: string | Buffer][] = [
    ['nothing', ''],
    ['blanks', '   '],
    ['no JSON', 'TRANSFER'],
    ['half an object', '{"op":"BALANCE"'],
    ['something behind the object', '{"op":"BALANCE"}x'],
    ['two objects', '{}{}'],
    ['a list', '[{"op":"BALANCE"}]'],
    ['null', 'null'],
    ['a number', '7'],
    ['a text', '"BALANCE"'],
    ['a boolean', 'true'],
    ['a comma too many', '{"op":"BALANCE",}'],
    ['single quotes', "{'op':'BALANCE'}"],
    ['NaN', '{"amount":NaN}'],
    ['a byte order mark in front', '\ufeff{"op":"BALANCE"}'],
    ['a raw line end inside a text', '{"op":"BAL\nANCE"}'],
    ['a zero byte behind', '{"op":"BALANCE"}\u0000'],
    ['a broken byte inside a text', Buffer.from('7b226b223a22ff227d', 'hex')],
    ['a character cut in half', Buffer.from('7b226b223a22c3227d', 'hex')],
    ['a slash in two bytes', Buffer.from('7b226b223a22c0af227d', 'hex')],
    ['half a surrogate pair in bytes', Buffer.from('7b226b223a22eda080227d', 'hex')],
    ['UTF-16', Buffer.from('{"op":"BALANCE"}', 'utf16le')],
    ['lists in lists, as many as fit a frame', '['.repeat(2 ** 20)],
    ['objects in objects, as many as fit a frame', '{"a":'.repeat(2 ** 20 / 5)],
  ];
  for (const [what, payload] of rows) {
    test(what, () => assert.equal(parseRequest(Buffer.from(payload)), undefined));
  }
});

suite('P-01 payloads that are one', () => {
  const rows: readonly [what: string, payload: string, request: Record<string, unknown>][] = [
    ['an empty object', '{}', {}],
    ['blanks around', ' \r\n\t{"op":"BALANCE"} ', { op: 'BALANCE' }],
    ['R12 of duplicate members the last wins', '{"amount":1,"amount":2}', { amount: 2 }],
    ['escapes', '{"k":"\\u00e9\\ud83d\\ude00"}', { k: 'é😀' }],
    ['other members than expected', '{"op":"STATS","extra":[1,{}]}', { op: 'STATS', extra: [1, {}] }],
  ];
  for (const [what, payload, request] of rows) {
    test(what, () => assert.deepEqual(parseRequest(Buffer.from(payload)), request));
  }

  test('a member called __proto__ is data', () => {
    const request = parseRequest(Buffer.from('{"__proto__":{"op":"BALANCE"}}'));
    assert.equal(request?.['op'], undefined);
  });

  test('deep but complete nesting is judged by the operation', () => {
    const depth = 2 ** 18;
    assert.notEqual(parseRequest(Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)), undefined);
  });
});
