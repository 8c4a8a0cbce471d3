/** What people write: reasons that say something (S-40), and no control characters. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { reason, text } from './schemas.ts';

const NO_BREAK_SPACE = '\u00a0';

suite('S-40 a reason', () => {
  const rows: readonly [what: string, said: string, good: boolean][] = [
    ['a word', 'delivered', true],
    ['one character', '.', true],
    ['spaces around a word', ' late ', true],
    ['any script', '納品済み', true],
    ['a picture made of several', '👩\u200d🚚', true],
    ['as long as may be', 'x'.repeat(1_024), true],
    ['too long', 'x'.repeat(1_025), false],
    ['nothing', '', false],
    ['spaces', '   ', false],
    ['no-break spaces', NO_BREAK_SPACE.repeat(3), false],
    ['narrow and wide spaces', '\u2009\u202f\u3000\u1680', false],
    ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff', false],
    ['directions and soft hyphens', '\u200e\u202e\u00ad', false],
    ['fillers', '\u3164\u115f\uffa0\u034f\ufe0f', false],
    ['an empty Braille pattern', '\u2800', false],
    ['separators of lines', '\u2028\u2029', false],
    ['a line break in a word', 'a\nb', false],
    ['half a character', '\ud83d', false],
  ];
  for (const [what, said, good] of rows)
    test(`${what} is ${good ? 'one' : 'none'}`, () => assert.equal(reason.safeParse(said).success, good));

  test('what is wrong with it is said once', () => {
    for (const said of ['', '  ']) assert.equal(text(8).safeParse(said).error?.issues.length, 1);
  });
});
