import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openRunCatalog, type RunRecord } from '../../../artifacts/index.ts';
import { currentOwner } from '../../../kernel/index.ts';
import { openStore } from '../../../store/index.ts';
import type { Change } from '../../wire.ts';
import { createChanges } from '../changes.ts';
import { watchRecordedRuns } from './recorded-runs.ts';

const WAIT = { timeout: 20_000 };

const recordOf = (runId: string, fields: Partial<RunRecord> = {}): RunRecord => ({
  version: 1,
  runId,
  application: { id: 'app', name: 'app' },
  kind: 'build',
  pipeline: 'build',
  startedAt: 1,
  result: 'running',
  owner: currentOwner(),
  steps: [],
  artifacts: [],
  ...fields,
});

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-recorded-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore({ type: 'folder', folder: join(folder, 'store') });
  onTestFinished(() => store[Symbol.asyncDispose]());
  const changes = createChanges();
  const heard: Change[] = [];
  changes.listen({ kinds: new Set(['run']), filter: {}, hear: (told) => heard.push(...told) });
  const errors: unknown[] = [];
  const runs = join(folder, 'store/runs');
  const watching = await watchRecordedRuns({
    changes,
    store,
    folder: runs,
    onError: (error) => errors.push(error),
    lookMs: 20,
  });
  onTestFinished(() => watching[Symbol.dispose]());
  return { store, catalog: openRunCatalog(store), heard, errors };
}

it('tells of runs that others record, as they begin, end, and go', async () => {
  const { store, catalog, heard, errors } = await open();
  await catalog.write(recordOf('one'));
  await vi.waitFor(() => expect(heard).toEqual([{ kind: 'run', runId: 'one', result: 'running' }]), WAIT);
  await catalog.write(recordOf('one', { result: 'passed' }));
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ kind: 'run', runId: 'one', result: 'passed' }), WAIT);
  await store.remove('runs/one.json');
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ kind: 'all', of: 'run' }), WAIT);
  // The folder goes with the last record in it, and comes again.
  const before = heard.length;
  await catalog.write(recordOf('two'));
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(before), WAIT);
  await catalog.write(recordOf('three'));
  await vi.waitFor(
    () => expect(heard).toContainEqual({ kind: 'run', runId: 'three', result: 'running' }),
    WAIT,
  );
  expect(errors).toEqual([]);
});

it('tells of a run whose process was killed, though nobody writes that', async () => {
  const { catalog, heard } = await open();
  const { host, process } = currentOwner();
  const [boot, namespace] = process.split('.');
  // No process has had that number since the machine was started.
  await catalog.write(
    recordOf('gone', { owner: { host, process: [boot, namespace, 4194303, 1].join('.') } }),
  );
  await vi.waitFor(() => expect(heard.at(-1)).toEqual({ kind: 'run', runId: 'gone', result: 'lost' }), WAIT);
});
