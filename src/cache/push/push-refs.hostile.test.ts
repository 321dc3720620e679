import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CacheError } from '../error.ts';
import type { Ref } from '../repository/repository.ts';
import { askReceiver, type PushOptions, pushRefs } from './push-refs.ts';
import { ANYWHERE, createPushRig, hostileReceiver, type PushRig } from './testing/push-rig.ts';

let rig: PushRig;
let refs: readonly Ref[];

beforeAll(async () => {
  rig = await createPushRig();
  refs = rig.commit(['p/e/k'], { 'files/large': randomBytes(9_000_000), 'files/small': 'small' });
});
afterAll(async () => await rig[Symbol.asyncDispose]());

const failureOf = async (work: Promise<unknown>): Promise<CacheError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CacheError) return error;
  throw new Error(`it ended with ${error}, not with an error of the cache`);
};

const pushTo = async (behaviour: string, options: PushOptions = {}): Promise<CacheError> =>
  await failureOf(
    pushRefs(rig.source, refs, ANYWHERE, { ssh: hostileReceiver(behaviour), retries: 0, ...options }),
  );

// A process takes its time to start on a busy machine; the one that answers nothing needs none.
const SOON = { firstAnswerMs: 20_000, answerMs: 3000 };
const AT_ONCE = { firstAnswerMs: 100, answerMs: 100 };

describe('a receiver that', () => {
  it.each<[string, string, RegExp]>([
    ['ends at once', 'UNAVAILABLE', /ended with exit code 3 .*: the disk is on fire$/],
    ['announces more than it sends', 'PROTOCOL', /ended in the middle/],
    ['has another mode', 'PROTOCOL', /mode 3/],
    ['sends a type that there is not', 'PROTOCOL', /type 9/],
    ['prints a greeting', 'PROTOCOL', /starts with the byte 87/],
    ['refuses the update', 'REFUSED', /the receiver refused: not on my␛\[2J watch$/],
    ['refuses in the middle', 'REFUSED', /the receiver refused: no room left$/],
    ['ends in the middle', 'UNAVAILABLE', /ended with exit code 137 .*: Killed$/],
    ['says done before it has everything', 'PROTOCOL', /before it had everything/],
    ['wants more than is offered', 'PROTOCOL', /wants more objects/],
    ['wants too little', 'PROTOCOL', /answered for 0 of/],
  ])('%s is told as what it is: %s', async (behaviour, code, message) => {
    const error = await pushTo(behaviour);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.message).toContain('artifacts@cache.example:artifacts');
  });

  it.each([
    ['answers nothing', AT_ONCE, /has not answered for 0\.10s/],
    ['takes nothing more', SOON, /has taken nothing for 3\.00s/],
    ['never says done', SOON, /has not answered for 3\.00s/],
  ])('%s is not waited for without end', async (behaviour, limits, message) => {
    const error = await pushTo(behaviour, { limits });
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(message) });
  });

  it('ends well without a done has not taken it', async () => {
    const error = await pushTo('ends well without a done');
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/exit code 0 before/),
    });
  });

  it('floods standard error fills no memory and no screen', async () => {
    const { message } = await pushTo('floods standard error');
    expect(message).toMatch(/the last word$/);
    expect(message.split('\n').length).toBeLessThan(15);
    expect(message.length).toBeLessThan(5000);
    expect(message).not.toContain('\u001b');
  });

  it('ends without an answer is tried again as often as was asked for', async () => {
    const notices: string[] = [];
    await pushTo('ends at once', { retries: 2, onNotice: (text) => notices.push(text) });
    expect(notices).toEqual([
      expect.stringMatching(/exit code 3 .*: trying again in 0\.25 s$/s),
      expect.stringMatching(/exit code 3 .*: trying again in 0\.5 s$/s),
    ]);
  });

  it('refuses is not tried again', async () => {
    const notices: string[] = [];
    await pushTo('refuses the update', { retries: 2, onNotice: (text) => notices.push(text) });
    expect(notices).toEqual([]);
  });

  it('answers nothing to a hello is not waited for without end either', async () => {
    const ssh = hostileReceiver('answers nothing');
    const error = await failureOf(askReceiver(ANYWHERE, { ssh, limits: AT_ONCE }));
    expect(error.message).toMatch(
      /^asking artifacts@cache\.example:artifacts: the receiver has not answered/,
    );
  });
});

describe('a push that is cancelled', () => {
  it.each(['answers nothing', 'takes nothing more', 'never says done'])(
    'ends at once where a receiver %s',
    async (behaviour) => {
      const controller = new AbortController();
      const ssh = hostileReceiver(behaviour);
      const onProgress = (): void => controller.abort(new Error('Ctrl-C'));
      const pushing = pushRefs(rig.source, refs, ANYWHERE, { ssh, signal: controller.signal, onProgress });
      if (behaviour === 'answers nothing') controller.abort(new Error('Ctrl-C'));
      await expect(pushing).rejects.toThrow('Ctrl-C');
    },
  );
});

describe('a push that cannot begin', () => {
  it('says so where there is no ssh', async () => {
    const ssh = { program: 'no-such-ssh', options: [] };
    const error = await failureOf(pushRefs(rig.source, refs, ANYWHERE, { ssh, retries: 0 }));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/no-such-ssh could not be started: there is no such program/),
      hint: expect.stringContaining('SLIPWAY_SSH'),
    });
  });

  it('says which commit is not here', async () => {
    const unknown = [{ ref: 'p/e/x', commit: 'ab'.repeat(32) }];
    const ssh = hostileReceiver('ends well without a done');
    const error = await failureOf(pushRefs(rig.source, unknown, ANYWHERE, { ssh, retries: 0 }));
    expect(error).toMatchObject({ code: 'MISSING_OBJECT', message: expect.stringContaining('abab') });
  });
});
