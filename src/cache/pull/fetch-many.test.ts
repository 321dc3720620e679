import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { objectPath } from '../ostree/index.ts';
import { expectSound, makeRepository } from '../repository/testing/repository-folder.ts';
import { pullRefs } from './pull-refs.ts';
import { openPullSource, type PullSourceOptions } from './pull-source.ts';
import { type Fault, startFaultyServer } from './testing/faulty-server.ts';
import { keyOf, noise, type OstreeRemote, openOstreeRemote, patient } from './testing/pull-rig.ts';

const [FIRST, SECOND] = [`project/first/${keyOf('1')}`, `project/second/${keyOf('2')}`];
const FILES = 150;

let remote: OstreeRemote;
let bad: string;

beforeAll(() => {
  remote = openOstreeRemote();
  const many = Object.fromEntries(
    Array.from({ length: FILES }, (_, n) => [`d${n % 7}/${n}`, noise(2000, n)]),
  );
  remote.commit(FIRST, { ...many, large: noise(400_000, 1000) });
  remote.commit(SECOND, { ...many, own: 'of the second' });
  const [, id = ''] = /\s([0-9a-f]{64})\s+\//.exec(remote.ostree('ls', '-C', FIRST, '/d3/52')) ?? [];
  bad = objectPath({ id, kind: 'filez' });
});
afterAll(() => remote[Symbol.dispose]());

async function pull(
  refs: readonly string[],
  fault?: (before: number) => Fault | undefined,
  options: Partial<PullSourceOptions> = {},
) {
  const server = await startFaultyServer(remote.folder);
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.fault = (path, before) => (path === bad ? fault?.(before) : undefined);
  const repository = await makeRepository();
  using source = openPullSource(server.url, patient(options));
  const { outcomes } = await pullRefs(repository, refs, source);
  expectSound(repository.folder);
  return { outcomes, asked: server.askedObjects };
}

describe('an artifact of many files', () => {
  it('comes with each object asked for once, also those that two artifacts need', async () => {
    const { outcomes, asked } = await pull([FIRST, SECOND]);
    expect(outcomes.map(({ type }) => type)).toEqual(['pulled', 'pulled']);
    expect(new Set(asked).size).toBe(asked.length);
  });

  const twice = (fault: Fault) => (before: number) => (before < 2 ? fault : undefined);
  it.each<readonly [string, Fault]>([
    ['answers 500', { type: 'status', status: 500 }],
    ['breaks off', { type: 'cut' }],
    ['closes the connection', { type: 'reset' }],
    ['stalls', { type: 'stall' }],
    ['says another length', { type: 'length', more: 5 }],
  ])('comes although a server %s for a while', async (_, fault) => {
    // Any answer may take so long on a busy machine: others than one that stalls have all the time they need.
    const options = fault.type === 'stall' ? { stallTimeoutMs: 300 } : {};
    const { outcomes } = await pull([FIRST], twice(fault), options);
    expect(outcomes).toMatchObject([{ type: 'pulled' }]);
  });

  it('comes from a server that says of no file how long it is', async () => {
    const { outcomes } = await pull([FIRST], () => ({ type: 'chunked' }));
    expect(outcomes).toMatchObject([{ type: 'pulled' }]);
  });

  it.each<readonly [string, Fault, string]>([
    ['is damaged', { type: 'body', body: 'damaged' }, 'CORRUPT_OBJECT'],
    ['is not there', { type: 'status', status: 404 }, 'MISSING_OBJECT'],
    ['is refused', { type: 'status', status: 503 }, 'UNAVAILABLE'],
  ])('cannot be had where one of them %s', async (_, fault, code) => {
    const { outcomes } = await pull([FIRST], () => fault);
    const [outcome] = outcomes;
    expect(outcome).toMatchObject({ type: 'failed', error: { code } });
    expect(outcome?.type === 'failed' && outcome.error.message).toContain(code === 'UNAVAILABLE' ? bad : '');
  });
});
