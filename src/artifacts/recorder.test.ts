import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RunEvent, RunEventBody } from '../kernel/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { openRunCatalog, type RunRecorderOptions, recordRuns } from './index.ts';
import { openFaultyStore } from './testing/faulty-store.ts';

const OWNER = { host: 'here', process: 'boot.1.1.1' };

const started: RunEventBody = {
  type: 'run-started',
  at: 1000,
  pipeline: 'build',
  kind: 'build',
  application: { id: 'app', name: 'The App' },
  git: { branch: 'main' },
  runFolder: '/r',
};
const step = (result: 'passed' | 'failed', message?: string): RunEventBody => ({
  type: 'step-finished',
  at: 2000,
  safeId: 's1',
  displayName: 'make',
  phase: 'main',
  result,
  durationMs: 12.5,
  exitCode: 0,
  ...(message !== undefined && { message }),
});
const stored: RunEventBody = {
  type: 'artifact-stored',
  at: 3000,
  name: 'output',
  fileName: 'output.tar',
  folder: '/r/output',
  tar: '/r/output.tar',
  sizeBytes: 10,
  files: 2,
  key: 'project-artifacts/app/r1/output.tar',
  store: 'memory',
  sha256: 'a'.repeat(64),
  mediaType: 'application/x-tar',
};
const finished: RunEventBody = { type: 'run-finished', at: 4000, result: 'passed', durationMs: 3000 };

function createRig(options: Partial<RunRecorderOptions> = {}) {
  const store = openFaultyStore();
  const trouble: string[] = [];
  const recorder = recordRuns({
    open: () => Promise.resolve(store),
    onTrouble: (text, runId) => void trouble.push(`${runId}: ${text}`),
    owner: OWNER,
    ...options,
  });
  const tell = (runId: string, ...events: RunEventBody[]): void => {
    for (const event of events) recorder.see({ ...event, runId } as RunEvent);
  };
  return { store, recorder, tell, trouble, catalog: openRunCatalog(store) };
}

/** Resolves when so many objects have been put. */
function counting(store: ObjectStore, count: number) {
  const reached = Promise.withResolvers<void>();
  let puts = 0;
  const put: ObjectStore['put'] = async (...words) => {
    const result = await store.put(...words);
    puts += 1;
    if (puts === count) reached.resolve();
    return result;
  };
  return { counted: { ...store, put }, reached: reached.promise, puts: () => puts };
}

describe('the record of a run', () => {
  it('holds its facts, its steps and what it stored when it has ended', async () => {
    const { tell, recorder, catalog, trouble } = createRig();
    tell('r1', started, step('passed'), stored, finished);
    await recorder.close();
    expect(await catalog.get('r1')).toEqual({
      version: 1,
      runId: 'r1',
      application: { id: 'app', name: 'The App' },
      kind: 'build',
      pipeline: 'build',
      git: { branch: 'main' },
      startedAt: 1000,
      finishedAt: 4000,
      result: 'passed',
      owner: OWNER,
      steps: [
        {
          safeId: 's1',
          displayName: 'make',
          phase: 'main',
          result: 'passed',
          startedAt: 1988,
          durationMs: 12.5,
        },
      ],
      artifacts: [
        {
          name: 'output',
          fileName: 'output.tar',
          store: 'memory',
          key: 'project-artifacts/app/r1/output.tar',
          sizeBytes: 10,
          sha256: 'a'.repeat(64),
          mediaType: 'application/x-tar',
          storedAt: 3000,
          files: 2,
        },
      ],
    });
    expect(trouble).toEqual([]);
  });

  it('is there as soon as the run has started', async () => {
    const memory = openMemoryStore();
    const { counted, reached } = counting(memory, 1);
    const { tell } = createRig({ open: () => Promise.resolve(counted) });
    tell('r1', started);
    await reached;
    expect(await openRunCatalog(memory).get('r1')).toMatchObject({ result: 'running', startedAt: 1000 });
  });

  it('is written again when something was stored, so that a run that is killed then still names it', async () => {
    const memory = openMemoryStore();
    const { counted, reached } = counting(memory, 2);
    const { tell } = createRig({ open: () => Promise.resolve(counted) });
    tell('r1', started);
    await new Promise((resolve) => setImmediate(resolve));
    tell('r1', stored);
    await reached;
    expect((await openRunCatalog(memory).get('r1'))?.artifacts).toHaveLength(1);
  });

  it('says of a step that ran again how it ended the last time', async () => {
    const { tell, recorder, catalog } = createRig();
    tell('r1', started, step('failed', 'no'), step('passed'), finished);
    await recorder.close();
    expect((await catalog.get('r1'))?.steps).toMatchObject([{ safeId: 's1', result: 'passed' }]);
  });

  it('takes what git says from the plan where the source was fetched', async () => {
    const { tell, recorder, catalog } = createRig();
    const git = { branch: 'next', commit: 'c0ffee' };
    tell('r1', started, {
      type: 'run-planned',
      at: 1,
      box: 'b',
      steps: [],
      artifacts: false,
      file: 'f',
      source: '',
      git,
    });
    tell('r1', { ...finished, result: 'failed', message: 'the reason' } as RunEventBody);
    await recorder.close();
    expect(await catalog.get('r1')).toMatchObject({ git, result: 'failed', message: 'the reason' });
  });

  it('does not name what is on this machine only', async () => {
    const { tell, recorder, catalog } = createRig();
    const {
      key: _,
      store: __,
      sha256: ___,
      mediaType: ____,
      ...local
    } = stored as Extract<RunEventBody, { type: 'artifact-stored' }>;
    tell('r1', started, local, finished);
    await recorder.close();
    expect((await catalog.get('r1'))?.artifacts).toEqual([]);
  });

  it('is one for each of several runs at once, also of one within another', async () => {
    const { tell, recorder, catalog } = createRig();
    tell('r1', started);
    tell('r2', { ...started, partOf: 'r1' } as RunEventBody, step('passed'));
    tell('r1', finished);
    tell('r2', { ...finished, result: 'failed' } as RunEventBody);
    await recorder.close();
    expect(await catalog.get('r1')).toMatchObject({ result: 'passed', steps: [] });
    expect(await catalog.get('r2')).toMatchObject({ result: 'failed', partOf: 'r1', steps: [{}] });
  });

  it('keeps what somebody said meanwhile: that the run is to be kept', async () => {
    const memory = openMemoryStore();
    const { counted, reached } = counting(memory, 1);
    const { tell, recorder } = createRig({ open: () => Promise.resolve(counted) });
    tell('r1', started);
    await reached;
    await openRunCatalog(memory).keep('r1', true);
    tell('r1', finished);
    await recorder.close();
    expect(await openRunCatalog(memory).get('r1')).toMatchObject({ kept: true, result: 'passed' });
  });

  it('stays at running where the run never ended, and says interrupted where the person left', async () => {
    const { tell, recorder, catalog } = createRig();
    tell('r1', started);
    await recorder.close();
    expect(await catalog.get('r1')).toMatchObject({ result: 'running' });
    await recorder.close({ atOnce: true });
    expect(await catalog.get('r1')).toMatchObject({ result: 'interrupted' });
  });
});

describe('trouble with a record', () => {
  it('is told once in a sentence, and does no harm to the run', async () => {
    const { tell, recorder, trouble, store } = createRig();
    for (let i = 0; i < 3; i += 1) store.next(/runs/, { kind: 'fail', code: 'NO_SPACE' });
    tell('r1', started);
    await recorder.close();
    tell('r1', finished);
    await recorder.close();
    expect(trouble).toEqual([
      'r1: The run is not recorded, and `slipway runs` will not tell of it rightly: out of order (NO_SPACE)',
    ]);
  });

  it('is told where the store cannot be opened', async () => {
    const { tell, recorder, trouble } = createRig({ open: () => Promise.reject(new Error('no folder')) });
    tell('r1', started, finished);
    await recorder.close();
    expect(trouble).toEqual([expect.stringContaining('no folder')]);
  });
});

describe('a store that does not answer', () => {
  it('is waited for, and the person is told what for', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const answers = Promise.withResolvers<ObjectStore>();
    const { tell, recorder, trouble, store, catalog } = createRig({ open: () => answers.promise });
    tell('r1', started, finished);
    const closed = recorder.close();
    vi.advanceTimersByTime(4999);
    expect(trouble).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(trouble).toEqual([expect.stringMatching(/^r1: The run has ended, and its record is still being/)]);
    answers.resolve(store);
    await closed;
    expect(await catalog.get('r1')).toMatchObject({ result: 'passed' });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('another store', () => {
  it('gets the records of the runs that put something into it, and of no others', async () => {
    const elsewhere = openMemoryStore();
    const { tell, recorder, catalog } = createRig({ elsewhere });
    tell('r1', started, stored, finished);
    tell('r2', started, finished);
    await recorder.close();
    expect(await openRunCatalog(elsewhere).get('r1')).toEqual(await catalog.get('r1'));
    expect(await openRunCatalog(elsewhere).get('r2')).toBeUndefined();
    expect(await catalog.get('r2')).toMatchObject({ result: 'passed' });
  });

  it('that stalls is not waited for where the person left', async () => {
    const elsewhere = openFaultyStore();
    elsewhere.next(/runs/, { kind: 'stall', afterBytes: 0 });
    const { tell, recorder, catalog, trouble } = createRig({ elsewhere });
    tell('r1', started, stored);
    await elsewhere.stalled;
    await recorder.close({ atOnce: true });
    expect(await catalog.get('r1')).toMatchObject({ result: 'interrupted' });
    expect(trouble).toEqual([]);
  });
});
