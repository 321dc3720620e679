import { afterEach, expect, it, vi } from 'vitest';
import { leftOutLines } from './backup/left-out-lines.ts';
import { CommandError } from './command-error.ts';
import { reportError } from './report-error.ts';

afterEach(() => vi.restoreAllMocks());

it('what others wrote into a message or a backup reaches no terminal as orders for it', async () => {
  const told: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  const error = new CommandError('the server said: \u001b]52;c;eA==\u0007\nand more', 'look at \u009b2J');
  expect(await reportError({ program: 'slipway', words: ['backup', 'x'], error })).toBe(1);
  told.push(leftOutLines([{ what: '\u001b[2Jall', why: 'so' }]));
  expect(told.join('')).toBe(
    'slipway: the server said: ␛]52;c;eA==␇\nand more\nlook at \ufffd2J\nNot in it: ␛[2Jall; so.\n',
  );
});
