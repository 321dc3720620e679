import { describe, expect, it } from 'vitest';
import { putRun } from '../../artifacts/testing/kept-run.ts';
import type { ConfigurationFile } from '../../config/index.ts';
import type { ArtifactStored, RunEvent } from '../../kernel/index.ts';
import { type ObjectStore, openStore, StoreError } from '../../store/index.ts';
import { parseArguments } from '../flag-values.ts';
import { ARTIFACTS } from '../flags/artifacts.ts';
import { openCollector } from './open-collector.ts';

const STORED: ArtifactStored = {
  type: 'artifact-stored',
  at: 0,
  name: 'output',
  fileName: 'output.tar',
  sizeBytes: 1,
  key: 'project-artifacts/app/run/output.tar',
};
const NO_FILE: ConfigurationFile = { path: '/nonexistent', exists: false, values: new Map() };
const CLEANS = { type: 'phase-started', at: 0, phase: 'clean up' } as const;

const of = (runId: string, event: object): RunEvent => ({ ...event, runId }) as RunEvent;

/** A collector, what it told, and how often it opened its store. */
function collector(open: () => Promise<ObjectStore>, words: readonly string[] = []) {
  const { flags } = parseArguments(words, ARTIFACTS, {});
  const told: string[] = [];
  let opened = 0;
  const output = openCollector({
    context: { flags, environment: {}, currentFolder: '/', configuration: async () => NO_FILE },
    open: () => {
      opened += 1;
      return open();
    },
    logsFolder: async () => '/nonexistent',
    onNotice: (text) => told.push(text),
  });
  return { output, told, opened: () => opened };
}

async function oldRuns(): Promise<ObjectStore> {
  const store = await openStore({ type: 'memory' });
  await putRun(store, { runId: 'old', result: 'failed' });
  return store;
}

describe('openCollector', () => {
  it('collects once a run that stored something cleans up, and waits for it at the end', async () => {
    const { output, told } = collector(oldRuns);
    output.see(of('run', STORED));
    expect(told).toEqual([]);
    output.see(of('run', CLEANS));
    await output.close({ atOnce: false });
    expect(told).toEqual([expect.stringMatching(/^Removed run old: it ended \d+ days ago/)]);
  });

  it.each([
    ['a run that stored nothing', [of('run', CLEANS)], []],
    ['a run that goes on', [of('run', STORED)], []],
    ['another run than the one that stored', [of('run', STORED), of('other', CLEANS)], []],
    ['--no-gc', [of('run', STORED), of('run', CLEANS)], ['--no-gc']],
  ])('leaves the store alone with %s', async (_, events, words) => {
    const { output, opened } = collector(oldRuns, words);
    for (const event of events) output.see(event);
    await output.close({ atOnce: false });
    expect(opened()).toBe(0);
  });

  it('tells what is in its way, and throws nothing', async () => {
    const failing = (): Promise<ObjectStore> =>
      Promise.reject(new StoreError('NO_STORE', 'the disk is gone'));
    const { output, told } = collector(failing);
    output.see(of('run', STORED));
    output.see(of('run', CLEANS));
    await output.close({ atOnce: false });
    expect(told).toEqual(['The retention rules were not applied to the end: the disk is gone']);
  });

  it('stops where somebody wants to go', async () => {
    const store = await oldRuns();
    const { output, told } = collector(() => Promise.resolve(store));
    output.see(of('run', STORED));
    output.see(of('run', CLEANS));
    await output.close({ atOnce: true });
    expect(told).toHaveLength(1);
    expect((await store.list()).objects).toHaveLength(3);
  });
});
