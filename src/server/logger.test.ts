import { describe, expect, it } from 'vitest';
import { StoreError } from '../store/index.ts';
import { createServerLogger, type ServerLoggerOptions } from './logger.ts';

function open(options: Partial<Pick<ServerLoggerOptions, 'format' | 'debug'>> = {}) {
  const lines: string[] = [];
  const stream = { write: (text: string) => lines.push(text) };
  return { log: createServerLogger({ stream, format: 'text', debug: false, ...options }), lines };
}

describe("a server's log", () => {
  it('has a line of words for people', () => {
    const { log, lines } = open();
    log.info({ port: 8091, roots: ['/srv/a b'], name: 'x y' }, 'serving');
    expect(lines).toEqual([
      expect.stringMatching(/^\d{4}-\S+Z info {2}serving port=8091 roots="\[.*" name="x y"\n$/),
    ]);
  });

  it('has one JSON object a line for programs', () => {
    const { log, lines } = open({ format: 'json' });
    log.warn({ open: 9 }, 'near');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/Z$/),
      open: 9,
      msg: 'near',
    });
  });

  it('says more only when asked', () => {
    const quiet = open();
    quiet.log.debug('bytes');
    expect(quiet.lines).toEqual([]);
    const { log, lines } = open({ debug: true });
    log.debug('bytes');
    expect(lines).toHaveLength(1);
  });

  it('shows what would act on a terminal', () => {
    const { log, lines } = open();
    log.info({ path: '/\u001b[31m\nforged line' }, 'request');
    expect(lines[0]?.match(/\n/g)).toHaveLength(1);
    expect(lines[0]).not.toContain('\u001b');
  });

  it('says of an error what it is and why, and nothing that it drags along', () => {
    const { log, lines } = open({ format: 'json' });
    const cause = Object.assign(new Error('socket hang up'), { url: 'https://host/p/secret-token/n/x' });
    log.error({ err: new StoreError('UNAVAILABLE', 'the bucket does not answer', { cause }) }, 'failed');
    expect(JSON.parse(lines[0] ?? '')['err']).toEqual({
      name: 'StoreError',
      code: 'UNAVAILABLE',
      message: 'the bucket does not answer',
      causes: ['Error: socket hang up'],
    });
  });

  it('says where a mistake of the program is', () => {
    const { log, lines } = open();
    log.error({ err: new TypeError('x is no function') }, 'failed');
    expect(lines[0]).toMatch(/failed error="x is no function"\nTypeError: x is no function\n {4}at /);
  });
});
