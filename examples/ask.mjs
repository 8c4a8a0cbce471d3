// Sends one request to a Purser port and prints the answer. Plain JavaScript for any Node from 16 on, no dependencies:
//
//   node examples/ask.mjs 9100 '{"op":"TRANSFER","src":"collection_pending","dst":"payout_available","amount":500,"idempotency_key":"payout-ref-0001"}'
//   node examples/ask.mjs 9100 '{"op":"BALANCE"}'
//
// A frame is 4 bytes of big-endian payload length, then UTF-8 JSON; the answer comes back in the same form.
import { connect } from 'node:net';

const [port, request] = process.argv.slice(2);
if (port === undefined || request === undefined) {
  console.error("usage: node examples/ask.mjs PORT 'JSON'");
  process.exit(2);
}

const payload = Buffer.from(request);
const header = Buffer.alloc(4);
header.writeUInt32BE(payload.length);

let answer = Buffer.alloc(0);
const socket = connect(Number(port), '127.0.0.1', () => socket.write(Buffer.concat([header, payload])));
socket.on('data', (chunk) => {
  answer = Buffer.concat([answer, chunk]);
  if (answer.length < 4 || answer.length < 4 + answer.readUInt32BE(0)) return;
  console.log(answer.subarray(4, 4 + answer.readUInt32BE(0)).toString());
  socket.end();
});
socket.on('error', (error) => {
  console.error(`no answer from 127.0.0.1:${port}: ${error.message}. Is "npm start" running?`);
  process.exit(3);
});
