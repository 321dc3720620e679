import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../command.ts';
import { openLogOutput } from './log-output.ts';

const TITLE = '\u001b]0;owned\u0007';

async function shownOn(isTTY: boolean, pieces: readonly (string | Buffer)[]): Promise<string> {
  const stdout = Object.assign(new PassThrough(), { isTTY });
  // What is used of one.
  const context = { stdout, flags: { on: () => false, text: () => undefined } } as unknown as CommandContext;
  const log = openLogOutput(context, { line: (text) => text });
  for (const piece of pieces) await log.write(Buffer.from(piece));
  await log.end();
  stdout.end();
  return (await stdout.toArray()).join('');
}

describe('a log', () => {
  it('comes as it is where a program reads it', async () => {
    expect(await shownOn(false, [`a${TITLE}`, '\u001b[31'])).toBe(`a${TITLE}\u001b[31`);
  });

  it('tells a terminal nothing but colours, wherever its pieces begin', async () => {
    const text = `\u001b[32mgreen\u001b[0m ü${TITLE}\n`;
    const shown = '\u001b[32mgreen\u001b[0m ü␛]0;owned␇\n';
    expect(await shownOn(true, [text])).toBe(shown);
    const bytes = Buffer.from(text);
    expect(
      await shownOn(
        true,
        Array.from(bytes, (byte) => Buffer.of(byte)),
      ),
    ).toBe(shown);
  });
});
