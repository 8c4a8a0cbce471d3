/** The specification's own examples, what others read from them, and invoices that were tampered with. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { decode } from 'light-bolt11-decoder';
import { limits } from '../base/limits.ts';
import { checksum, decodeBech32, paddedBytes } from './bech32.ts';
import { decodeInvoice, type Invoice, type InvoiceFault } from './bolt11.ts';

/** All examples are signed with this key. */
const PRIVATE_KEY = Buffer.from('e126f68f7eafcc8b74f54d269fe206be715000f94dac067d1c04a8ca3b2db734', 'hex');
const PAYEE = '03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad';
const HASH = '0001020304050607080900010203040506070809000102030405060708090102';
const LIST_HASH = '3925b6f67e2c340036ed12093dd44e0368df1b6ea26c53dbe4811f58fd5db8c1';

const BEANS_FIELDS =
  'lnbc25m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5vdhkven9v5sxyetpdeessp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9q5sqqqqqqqqqqqqqqqqsgq';
const BEANS = `${BEANS_FIELDS}2a25dxl5hrntdtn6zvydt7d66hyzsyhqs4wdynavys42xgl6sgx9c4g7me86a27t07mdtfry458rtjr0v92cnmswpsjscgt2vcse3sgpz3uapa`;
const zeros = (words: number): string => 'q'.repeat(words);

const SKIPPED = 'with fields of other lengths, which are skipped';

const common = { network: 'bc', timestampSeconds: 1_496_314_658, expirySeconds: 3_600, paymentHash: HASH } as const;

/** Of the specification; what is left out is as in `common`, without description and amount. */
const examples: readonly [what: string, text: string, expected: Partial<Invoice>][] = [
  [
    'a donation of any amount',
    'lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql',
    { description: 'Please consider supporting this project' },
  ],
  [
    'a cup of coffee within one minute',
    'lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpu9qrsgquk0rl77nj30yxdy8j9vdx85fkpmdla2087ne0xh8nhedh8w27kyke0lp53ut353s06fv3qfegext0eh0ymjpf39tuven09sam30g4vgpfna3rh',
    { amountMsat: 250_000_000n, description: '1 cup coffee', expirySeconds: 60 },
  ],
  [
    'a cup of nonsense, beyond ASCII',
    'lnbc2500u1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpu9qrsgqhtjpauu9ur7fw2thcl4y9vfvh4m9wlfyz2gem29g5ghe2aak2pm3ps8fdhtceqsaagty2vph7utlgj48u0ged6a337aewvraedendscp573dxr',
    { amountMsat: 250_000_000n, description: 'ナンセンス 1杯', expirySeconds: 60 },
  ],
  [
    'a list of things, hashed',
    'lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp7ynn44',
    { amountMsat: 2_000_000_000n, descriptionHash: LIST_HASH },
  ],
  [
    'on testnet, with a fall-back address',
    'lntb20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygshp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqfpp3x9et2e20v6pu37c5d9vax37wxq72un989qrsgqdj545axuxtnfemtpwkc45hx9d2ft7x04mt8q7y6t0k2dge9e7h8kpy9p34ytyslj3yu569aalz2xdk8xkd7ltxqld94u8h2esmsmacgpghe9k8',
    { network: 'tb', amountMsat: 2_000_000_000n, descriptionHash: LIST_HASH },
  ],
  [
    'with a route, and the other recovery id',
    'lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqsfpp3qjmp7lwpagxun9pygexvgpjdc4jdj85fr9yq20q82gphp2nflc7jtzrcazrra7wwgzxqc8u7754cdlpfrmccae92qgzqvzq2ps8pqqqqqqpqqqqq9qqqvpeuqafqxu92d8lr6fvg0r5gv0heeeqgcrqlnm6jhphu9y00rrhy4grqszsvpcgpy9qqqqqqgqqqqq7qqzq9qrsgqdfjcdk6w3ak5pca9hwfwfh63zrrz06wwfya0ydlzpgzxkn5xagsqz7x9j4jwe7yj7vaf2k9lqsdk45kts2fd0fkr28am0u4w95tt2nsq76cqw0',
    { amountMsat: 2_000_000_000n, descriptionHash: LIST_HASH },
  ],
  [
    'with a fall-back address of a script',
    'lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygshp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqfppj3a24vwu6r8ejrss3axul8rxldph2q7z99qrsgqz6qsgww34xlatfj6e3sngrwfy3ytkt29d2qttr8qz2mnedfqysuqypgqex4haa2h8fx3wnypranf3pdwyluftwe680jjcfp438u82xqphf75ym',
    { amountMsat: 2_000_000_000n, descriptionHash: LIST_HASH },
  ],
  [
    'with a fall-back address of a witness',
    'lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygshp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqfppqw508d6qejxtdg4y5r3zarvary0c5xw7k9qrsgqt29a0wturnys2hhxpner2e3plp6jyj8qx7548zr2z7ptgjjc7hljm98xhjym0dg52sdrvqamxdezkmqg4gdrvwwnf0kv2jdfnl4xatsqmrnsse',
    { amountMsat: 2_000_000_000n, descriptionHash: LIST_HASH },
  ],
  [
    'with a fall-back address of a script’s witness',
    'lnbc20m1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygshp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqfp4qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q9qrsgq9vlvyj8cqvq6ggvpwd53jncp9nwc47xlrsnenq2zp70fq83qlgesn4u3uyf4tesfkkwwfg3qs54qe426hp3tz7z6sweqdjg05axsrjqp9yrrwc',
    { amountMsat: 2_000_000_000n, descriptionHash: LIST_HASH },
  ],
  [
    'in pico-bitcoin, within one week',
    'lnbc9678785340p1pwmna7lpp5gc3xfm08u9qy06djf8dfflhugl6p7lgza6dsjxq454gxhj9t7a0sd8dgfkx7cmtwd68yetpd5s9xar0wfjn5gpc8qhrsdfq24f5ggrxdaezqsnvda3kkum5wfjkzmfqf3jkgem9wgsyuctwdus9xgrcyqcjcgpzgfskx6eqf9hzqnteypzxz7fzypfhg6trddjhygrcyqezcgpzfysywmm5ypxxjemgw3hxjmn8yptk7untd9hxwg3q2d6xjcmtv4ezq7pqxgsxzmnyyqcjqmt0wfjjq6t5v4khxsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygsxqyjw5qcqp2rzjq0gxwkzc8w6323m55m4jyxcjwmy7stt9hwkwe2qxmy8zpsgg7jcuwz87fcqqeuqqqyqqqqlgqqqqn3qq9q9qrsgqrvgkpnmps664wgkp43l22qsgdw4ve24aca4nymnxddlnp8vh9v2sdxlu5ywdxefsfvm0fq3sesf08uf6q9a2ke0hc9j6z6wlxg5z5kqpu2v9wz',
    {
      amountMsat: 967_878_534n,
      description:
        'Blockstream Store: 88.85 USD for Blockstream Ledger Nano S x 1, "Back In My Day" Sticker x 2, "I Got Lightning Working" Sticker x 2 and 1 more items',
      paymentHash: '462264ede7e14047e9b249da94fefc47f41f7d02ee9b091815a5506bc8abf75f',
      timestampSeconds: 1_572_468_703,
      expirySeconds: 604_800,
    },
  ],
  ['with features', BEANS, { amountMsat: 2_500_000_000n, description: 'coffee beans' }],
  ['in capitals', BEANS.toUpperCase(), { amountMsat: 2_500_000_000n, description: 'coffee beans' }],
  [
    SKIPPED,
    // A type, a length of two characters, and as many zeros: `ppn` is a payment hash of 51 words.
    `${BEANS_FIELDS}2qrqqqfppn${zeros(32)}ppn${zeros(51)}pp4${zeros(53)}hpn${zeros(51)}hp4${zeros(53)}spn${zeros(51)}sp4${zeros(53)}np5${zeros(52)}npk${zeros(54)}z599y53s3ujmcfjp5xrdap68qxymkqphwsexhmhr8wdz5usdzkzrse33chw6dlp3jhuhge9ley7j2ayx36kawe7kmgg8sv5ugdyusdcqzn8z9x`,
    { amountMsat: 2_500_000_000n, description: 'coffee beans' },
  ],
  [
    'with metadata',
    'lnbc10m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdp9wpshjmt9de6zqmt9w3skgct5vysxjmnnd9jx2mq8q8a04uqsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9q2gqqqqqqsgq7hf8he7ecf7n4ffphs6awl9t6676rrclv9ckg3d3ncn7fct63p6s365duk5wrk202cfy3aj5xnnp5gs3vrdvruverwwq7yzhkf5a3xqpd05wjc',
    { amountMsat: 1_000_000_000n, description: 'payment metadata inside' },
  ],
];

/** Of the specification, except where it says otherwise. */
const refused: readonly [what: string, fault: InvoiceFault, text: string][] = [
  [
    'a wrong checksum',
    'bad_checksum',
    'lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g70me25alkluzd2x62aysf2pyy8edtjeevuv4p2d5p76r4zkmneet7uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrnt',
  ],
  [
    'no separator',
    'not_bech32',
    'pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g70me25alkluzd2x62aysf2pyy8edtjeevuv4p2d5p76r4zkmneet7uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrny',
  ],
  [
    'mixed case',
    'not_bech32',
    'LNBC2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpquwpc4curk03c9wlrswe78q4eyqc7d8d0xqzpuyk0sg5g70me25alkluzd2x62aysf2pyy8edtjeevuv4p2d5p76r4zkmneet7uvyakky2zr4cusd45tftc9c5fh0nnqpnl2jfll544esqchsrny',
  ],
  [
    'a signature that no key made',
    'bad_signature',
    'lnbc2500u1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpusp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgqwgt7mcn5yqw3yx0w94pswkpq6j9uh6xfqqqtsk4tnarugeektd4hg5975x9am52rz4qskukxdmjemg92vvqz8nvmsye63r5ykel43pgz7zq0g2',
  ],
  [
    'too short',
    'bad_fields',
    'lnbc1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6na6hlh',
  ],
  [
    'an unknown multiplier',
    'bad_amount',
    'lnbc2500x1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpusp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgqrrzc4cvfue4zp3hggxp47ag7xnrlr8vgcmkjxk3j5jqethnumgkpqp23z9jclu3v0a7e0aruz366e9wqdykw6dxhdzcjjhldxq0w6wgqcnu43j',
  ],
  [
    'a part of a millisatoshi',
    'bad_amount',
    'lnbc2500000001p1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdq5xysxxatsyp3k7enxv4jsxqzpusp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygs9qrsgq0lzc236j96a95uv0m3umg28gclm5lqxtqqwk32uuk4k6673k6n5kfvx3d2h8s295fad45fdhmusm8sjudfhlf6dcsxmfvkeywmjdkxcp99202x',
  ],
  [
    'no payment secret',
    'bad_fields',
    'lnbc20m1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqhp58yjmdan79s6qqdhdzgynm4zwqd5d7xmw5fk98klysy043l2ahrqs9qrsgq7ea976txfraylvgzuxs8kgcw23ezlrszfnh8r6qtfpr6cxga50aj6txm9rxrydzd06dfeawfk6swupvz4erwnyutnjq7x39ymw6j38gp49qdkj',
  ],
  ['nothing', 'not_bech32', ''],
  ['too long', 'too_long', 'a'.repeat(limits.invoiceCharactersMax + 1)],
];

// ---- Invoices of our own making, signed with the key of the examples.

const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

const wordsOf = (bytes: Uint8Array): number[] => {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((group) => Number.parseInt(group.padEnd(5, '0'), 2));
};
const tagged = (type: number, words: readonly number[]): number[] => [
  type,
  words.length >> 5,
  words.length & 31,
  ...words,
];

const SECRET = tagged(16, wordsOf(Buffer.alloc(32, 0x11)));
const PAYMENT_HASH = tagged(1, wordsOf(Buffer.from(HASH, 'hex')));
const TEXT = tagged(13, wordsOf(Buffer.from('dec-1')));
const TEXT_HASH = tagged(23, wordsOf(Buffer.from(LIST_HASH, 'hex')));
const named = (key: string): number[] => tagged(19, wordsOf(Buffer.from(key, 'hex')));
const TIME = [1, 12, 18, 31, 28, 25, 2];

interface Sketch {
  readonly prefix?: string;
  readonly fields?: readonly (readonly number[])[];
  /** Changes the signature: recovery id first, then r and s. */
  readonly forge?: (signature: Uint8Array) => Uint8Array;
}

const written = (prefix: string, words: readonly number[]): string => {
  const sum = checksum(prefix, Uint8Array.from([...words, 0, 0, 0, 0, 0, 0])) ^ 1;
  const last = [25, 20, 15, 10, 5, 0].map((bits) => (sum >>> bits) & 31);
  return `${prefix}1${[...words, ...last].map((word) => CHARACTERS[word]).join('')}`;
};

const invoice = ({
  prefix = 'lnbcrt2500u',
  fields = [PAYMENT_HASH, SECRET, TEXT],
  forge = (same) => same,
}: Sketch = {}): string => {
  const data = [...TIME, ...fields.flat()];
  const digest = createHash('sha256')
    .update(prefix)
    .update(paddedBytes(Uint8Array.from(data)))
    .digest();
  const [recovery, ...compact] = forge(secp256k1.sign(digest, PRIVATE_KEY, { prehash: false, format: 'recovered' }));
  return written(prefix, [...data, ...wordsOf(Uint8Array.from([...compact, recovery!]))]);
};

const ORDER = secp256k1.Point.Fn.ORDER;
/** The other signature of the same key over the same message. */
const highS = (signature: Uint8Array): Uint8Array => {
  const s = ORDER - BigInt(`0x${Buffer.from(signature.subarray(33)).toString('hex')}`);
  return Buffer.concat([
    Uint8Array.of(signature[0]! ^ 1),
    signature.subarray(1, 33),
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
  ]);
};

const read = (text: string): Invoice => {
  const decoded = decodeInvoice(text);
  if (typeof decoded === 'string') assert.fail(decoded);
  return decoded;
};

suite('N-01, B-06: invoices', () => {
  for (const [what, text, expected] of examples) {
    test(`BOLT 11: ${what}`, () => {
      const nothing = { amountMsat: null, description: null, descriptionHash: null };
      assert.deepEqual(decodeInvoice(text), { ...common, ...nothing, payeeKey: PAYEE, ...expected });
    });

    // It stumbles over fields that are to be skipped.
    if (what === SKIPPED) continue;
    test(`light-bolt11-decoder reads the same: ${what}`, () => {
      const ours = read(text);
      const { sections } = decode(text);
      const value = (name: string): unknown => {
        const section = sections.find((candidate) => candidate.name === name);
        return section !== undefined && 'value' in section ? section.value : null;
      };
      assert.deepEqual(
        [value('coin_network')].map((network) => (network as { bech32: string }).bech32),
        [ours.network],
      );
      assert.equal(value('amount'), ours.amountMsat?.toString() ?? null);
      assert.equal(value('payment_hash'), ours.paymentHash);
      assert.equal(value('description'), ours.description);
      assert.equal(value('description_hash'), ours.descriptionHash);
      assert.equal(value('timestamp'), ours.timestampSeconds);
      assert.equal(value('expiry') ?? 3_600, ours.expirySeconds);
    });
  }

  for (const [what, fault, text] of refused) test(`${fault}: ${what}`, () => assert.equal(decodeInvoice(text), fault));

  const networks: readonly [prefix: string, network: string, amountMsat: bigint | null][] = [
    ['lnbcrt', 'bcrt', null],
    ['lnbcrt1', 'bcrt', 100_000_000_000n],
    ['lnbcrt1000n', 'bcrt', 100_000n],
    ['lntbs20m', 'tbs', 2_000_000_000n],
    ['lntb10p', 'tb', 1n],
    ['lnsb1u', 'sb', 100_000n],
    ['lnbc21000000', 'bc', 2_100_000_000_000_000_000n],
  ];
  for (const [prefix, network, amountMsat] of networks) {
    test(`network and amount: ${prefix}`, () => {
      const ours = read(invoice({ prefix }));
      assert.deepEqual([ours.network, ours.amountMsat, ours.payeeKey], [network, amountMsat, PAYEE]);
    });
  }

  const prefixes: readonly [prefix: string, fault: InvoiceFault][] = [
    ['lnbc0', 'bad_amount'],
    ['lnbc01m', 'bad_amount'],
    ['lnbc1mm', 'bad_amount'],
    ['lnbc1k', 'bad_amount'],
    ['lnbc21000001', 'bad_amount'],
    ['lnbc9p', 'bad_amount'],
    ['lnbcm', 'unknown_network'],
    ['lnxy', 'unknown_network'],
    ['lnbcx', 'unknown_network'],
    ['ln', 'unknown_network'],
    ['bc', 'unknown_network'],
    ['xlnbc', 'unknown_network'],
  ];
  for (const [prefix, fault] of prefixes)
    test(`${fault}: ${prefix}`, () => assert.equal(decodeInvoice(invoice({ prefix })), fault));

  const fieldRows: readonly [what: string, fields: readonly (readonly number[])[]][] = [
    ['no payment hash', [SECRET, TEXT]],
    ['a payment hash of another length', [tagged(1, wordsOf(Buffer.alloc(31))), SECRET, TEXT]],
    ['two payment hashes', [PAYMENT_HASH, PAYMENT_HASH, SECRET, TEXT]],
    ['two payment secrets', [PAYMENT_HASH, SECRET, SECRET, TEXT]],
    ['no description', [PAYMENT_HASH, SECRET]],
    ['two descriptions', [PAYMENT_HASH, SECRET, TEXT, TEXT]],
    ['a description and a hash', [PAYMENT_HASH, SECRET, TEXT, TEXT_HASH]],
    ['a description that is no text', [PAYMENT_HASH, SECRET, tagged(13, wordsOf(Uint8Array.of(0xff)))]],
    [
      'an expiry beyond all bounds',
      [
        PAYMENT_HASH,
        SECRET,
        TEXT,
        tagged(
          6,
          Array.from({ length: 20 }, () => 31),
        ),
      ],
    ],
    ['a field that is cut off', [PAYMENT_HASH, SECRET, TEXT, [2, 31, 31, 0]]],
    ['a field without a length', [PAYMENT_HASH, SECRET, TEXT, [2, 31]]],
  ];
  for (const [what, fields] of fieldRows)
    test(`bad_fields: ${what}`, () => assert.equal(decodeInvoice(invoice({ fields })), 'bad_fields'));

  const withKey = (key: string, forge?: Sketch['forge']): string =>
    invoice({ fields: [PAYMENT_HASH, SECRET, TEXT, named(key)], ...(forge === undefined ? {} : { forge }) });
  const otherKey = Buffer.from(secp256k1.getPublicKey(Buffer.alloc(32, 7))).toString('hex');

  test('a key that is named has to have signed', () => {
    assert.equal(read(withKey(PAYEE)).payeeKey, PAYEE);
    assert.equal(decodeInvoice(withKey(otherKey)), 'bad_signature');
    assert.equal(decodeInvoice(withKey(`05${PAYEE.slice(2)}`)), 'bad_signature');
    assert.equal(decodeInvoice(withKey('00'.repeat(33))), 'bad_signature');
  });

  test('the higher of two signatures counts only where the key follows from it', () => {
    assert.equal(read(invoice({ forge: highS })).payeeKey, PAYEE);
    assert.equal(decodeInvoice(withKey(PAYEE, highS)), 'bad_signature');
  });

  test('numbers that are no signature are refused', () => {
    const forged: readonly Sketch['forge'][] = [
      (signature) => Buffer.concat([Uint8Array.of(4), signature.subarray(1)]),
      (signature) => Buffer.concat([Uint8Array.of(255), signature.subarray(1)]),
      (signature) => Buffer.concat([signature.subarray(0, 1), Buffer.alloc(64)]),
      (signature) => Buffer.concat([signature.subarray(0, 1), Buffer.alloc(64, 0xff)]),
    ];
    for (const forge of forged) assert.equal(decodeInvoice(invoice({ forge: forge! })), 'bad_signature');
  });

  test('whoever changes a word and repairs the checksum is not the node that signed', () => {
    const decoded = decodeBech32(BEANS);
    assert.ok(typeof decoded === 'object');
    fc.assert(
      fc.property(fc.nat(decoded.words.length - 1), fc.integer({ min: 1, max: 31 }), (at, change) => {
        const words = Array.from(decoded.words, (word, index) => (index === at ? word ^ change : word));
        const forged = decodeInvoice(written(decoded.prefix, words));
        assert.ok(typeof forged === 'string' || forged.payeeKey !== PAYEE, `word ${at}`);
      }),
      { numRuns: 200 },
    );
  });

  test('whoever changes the amount and repairs the checksum is not the node that signed', () => {
    const decoded = decodeBech32(BEANS);
    assert.ok(typeof decoded === 'object');
    const cheaper = decodeInvoice(written('lnbc25u', [...decoded.words]));
    assert.ok(typeof cheaper === 'string' || cheaper.payeeKey !== PAYEE);
    assert.equal(
      typeof decodeInvoice(written('lntb25m', [...decoded.words])) === 'string',
      false,
      'a stranger may sign',
    );
  });

  test('whatever is sent is read or refused, never an error', () => {
    const anyWords = fc.array(fc.nat(31), { maxLength: 300 });
    const prefix = fc.oneof(fc.constantFrom('lnbc', 'lnbcrt10u', 'lntbs1'), fc.stringMatching(/^[a-z0-9]{1,9}$/));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(prefix, anyWords).map(([name, words]) => written(name, words)),
        ),
        (text) => {
          const decoded = decodeInvoice(text);
          assert.ok(typeof decoded === 'string' || decoded.payeeKey.length === 66);
        },
      ),
      { numRuns: 500 },
    );
  });
});
