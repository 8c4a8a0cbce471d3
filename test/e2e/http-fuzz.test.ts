/**
 * Requests of all kinds, made of the server's own document: those that fit it and those that nearly do. Whatever comes, the
 * answer is one that the document promises, and never a bug. The same seed makes the same requests.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { HttpClient } from '../rig/http-client.ts';
import { fitting, junk, misfits, type Schema } from '../rig/json-schema.ts';
import { Rail } from '../rig/deployment.ts';

const SEED = 20_261_121;
const REQUESTS_PER_OPERATION = 60;

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema?: Schema }> }>;
}

interface Sent {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Mostly what fits, sometimes what does not. */
const nearly = (schema: Schema): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: fitting(schema) }, { weight: 1, arbitrary: junk });

function bodies(schema: Schema): fc.Arbitrary<string> {
  const whole = fitting(schema).map((value) => JSON.stringify(value));
  const changed = fc
    .tuple(fitting(schema), fc.constantFrom('x', ...Object.keys(schema['properties'] ?? {})), junk)
    .map(([value, name, strange]) => JSON.stringify({ ...(value as object), [name]: strange }));
  const more = fc
    .tuple(fitting(schema), junk)
    .map(([value, strange]) => JSON.stringify({ ...(value as object), [text(strange)]: 1 }));
  const broken = whole.map((value) => value.slice(0, -1));
  return fc.oneof(
    { weight: 4, arbitrary: whole },
    changed,
    more,
    broken,
    junk.map((value) => JSON.stringify(value)),
  );
}

function requests(path: string, method: string, { parameters, requestBody }: Operation): fc.Arbitrary<Sent> {
  const schema = requestBody?.content['application/json']?.schema;
  const values = fc.tuple(...parameters.map((parameter) => nearly(parameter.schema)));
  const chosen = fc.tuple(...parameters.map(({ required }) => fc.boolean().map((there) => there || required)));
  const type = fc.constantFrom('application/json', 'application/json', 'application/json', 'text/plain');
  return fc
    .record({ values, chosen, type, body: schema === undefined ? fc.constant(undefined) : bodies(schema) })
    .map((made) => {
      const headers: Record<string, string> = made.body === undefined ? {} : { 'Content-Type': made.type };
      let filled = path;
      const query = new URLSearchParams();
      for (const [i, { name, in: where }] of parameters.entries()) {
        const value = text(made.values[i]);
        if (where === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(value) || 'x');
        else if (made.chosen[i] === false) continue;
        else if (where === 'query') query.set(name, value);
        else headers[name] = value.replaceAll(/[^\x21-\x7e]/g, '');
      }
      const search = query.size === 0 ? '' : `?${query.toString()}`;
      return { path: filled + search, method, headers, body: made.body };
    });
}

const isStream = ({ responses }: Operation): boolean => responses['200']?.content?.['text/event-stream'] !== undefined;

/** What is wrong with an answer; undefined when it is as documented. */
async function complaint(client: HttpClient, sent: Sent, operation: Operation): Promise<string | undefined> {
  const answer = await (isStream(operation) ? begin(client, sent) : client.ask(sent.path, sent));
  const documented = operation.responses[answer.status];
  // A path that a value has turned into another one answers as that one.
  const elsewhere = answer.status === 404 && (answer.json['error'] as { code: string }).code === 'not_found';
  if (answer.status >= 500 || (documented === undefined && !elsewhere))
    return `${answer.status} ${answer.text.slice(0, 300)}`;
  const schema = documented?.content?.['application/json']?.schema;
  const wrong = schema === undefined ? [] : misfits(schema, answer.json);
  return wrong.length === 0 ? undefined : `${answer.status}: ${wrong.join('; ')}`;
}

async function begin(
  client: HttpClient,
  { path, headers }: Sent,
): Promise<{ status: number; text: string; json: Record<string, unknown> }> {
  const stream = await client.stream(path, headers).catch((error: unknown) => error);
  if (stream instanceof Error) return client.ask(path, { headers });
  (stream as Awaited<ReturnType<HttpClient['stream']>>).close();
  return { status: 200, text: '', json: {} };
}

suite('the document and the server', () => {
  test('every operation answers as documented, whatever it is sent', async () => {
    const rail = await Rail.start('all-in-one');
    const client = new HttpClient(await rail.httpOf('gateway'));
    const { json: document } = await client.ask('/openapi.json');
    const paths = document['paths'] as Record<string, Record<string, Operation>>;
    const complaints: string[] = [];
    let asked = 0;
    for (const [path, methods] of Object.entries(paths))
      for (const [method, operation] of Object.entries(methods)) {
        const arbitrary = requests(path, method.toUpperCase(), operation);
        for (const sent of fc.sample(arbitrary, { seed: SEED, numRuns: REQUESTS_PER_OPERATION })) {
          const wrong = await complaint(client, sent, operation);
          if (wrong !== undefined)
            complaints.push(`${operation.operationId} ${JSON.stringify(sent).slice(0, 500)}: ${wrong}`);
        }
        asked += 1;
      }
    assert.deepEqual(complaints, []);
    assert.ok(asked >= 10);
    const health = await client.ask('/health');
    assert.equal(health.status, 200);
    assert.deepEqual(await rail.stop(), [0]);
  });

  test('a value that does not fit a schema is noticed', () => {
    const schema = {
      type: 'object',
      required: ['a'],
      properties: {
        a: { type: 'integer', minimum: 1 },
        b: { anyOf: [{ type: 'string', pattern: '^x$' }, { type: 'null' }] },
      },
      additionalProperties: false,
    };
    assert.deepEqual(misfits(schema, { a: 1, b: 'x' }), []);
    for (const value of [{}, { a: 0 }, { a: 1.5 }, { a: 1, b: 'y' }, { a: 1, c: 1 }, [], null])
      assert.notDeepEqual(misfits(schema, value), [], JSON.stringify(value));
  });
});
