/**
 * The yardstick for HTTP, as a process of its own: bare `node:http` that reads the same request, parses it and answers the
 * same JSON, and stores nothing. The answer is the first line of its standard input; where that ends, it ends, too.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const input = createInterface({ input: process.stdin });
const [line] = (await once(input, 'line')) as [string];
const answer: unknown = JSON.parse(line);

const server = createServer((incoming, outgoing) => {
  let body = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => (body += chunk));
  incoming.on('end', () => {
    if (body !== '') JSON.parse(body);
    const text = JSON.stringify(answer);
    outgoing.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
    outgoing.end(text);
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${port}\n`);
});
input.once('close', () => process.exit(0));
