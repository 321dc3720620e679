import { describe, expect, it, vi } from 'vitest';
import type { Caller, SignedRequest } from '../../src/auth/index.ts';
import { makeArtifact } from '../../src/cache/repository/testing/make-artifact.ts';
import { makeRepository, publishArtifact } from '../../src/cache/repository/testing/repository-folder.ts';
import { createFakeEngine } from '../../src/engine/fake/index.ts';
import type { Json, JsonObject } from '../../src/queue-api/index.ts';
import { sourceRef } from '../../src/runner/index.ts';
import { serveCache } from '../../src/server/artifact-cache/testing/serve-cache.ts';
import { createPipelineRunner } from '../../src/worker/index.ts';
import { createTaskRig, type FinishedRun, type TaskRig } from '../../src/worker/testing/task-context.ts';

const SOURCE = makeArtifact({ 'wercker.yml': 'box: x\nbuild:\n  steps:\n    - internal/none\n' });
const REF = sourceRef('app', SOURCE.commit);

const NOBODY = 'http://127.0.0.1:1/';

/** Runs a payload, and gives what it left to `look` before it is gone. */
async function run(
  pipeline: Json,
  more: JsonObject & { readonly scopes?: string[] } = {},
  look: (rig: TaskRig, run: FinishedRun) => void = () => {},
): Promise<FinishedRun> {
  const { scopes = [], ...payload } = more;
  await using engine = await createFakeEngine();
  await using rig = await createTaskRig({ engine, runPipeline: (task, asked) => runner.run(task, asked) });
  await using runner = createPipelineRunner({
    settings: { volume: rig.folder },
    views: { text: () => () => undefined, line: ({ type }) => `${type}\n` },
  });
  vi.spyOn(rig.queue, 'isSlipway').mockResolvedValue(false);
  const finished = await rig.run({ pipeline, maxRunTime: 60, ...payload }, { scopes });
  look(rig, finished);
  return finished;
}

async function serving(): Promise<string> {
  const repository = await makeRepository();
  await publishArtifact(repository, SOURCE, REF, 'slipway.source/app/other');
  const authenticate = () => ({ clientId: 'anonymous', scopes: ['*'] });
  return `${(await serveCache(repository, { authenticate })).url}/artifacts/`;
}

const good = (source: JsonObject = {}) => ({
  name: 'build',
  source: { cache: NOBODY, ref: REF, commit: SOURCE.commit, ...source },
  application: { id: 'app', name: 'app' },
});

describe('a pipeline in a payload', { timeout: 120_000 }, () => {
  it.each([
    ['nothing', {}, 'pipeline.name'],
    ['no object', 'build', 'pipeline'],
    ['a list', [], 'pipeline'],
    ['what is not known', { ...good(), colour: 'red' }, 'pipeline.colour'],
    ['a commit that is none', good({ commit: 'main' }), 'pipeline.source.commit'],
    ['another scheme', good({ cache: 'file:///etc' }), 'pipeline.source.cache'],
    ['a file outside', { ...good(), options: { configFile: '../x' } }, 'pipeline.options.configFile'],
    [
      'an absolute file',
      { ...good(), options: { configFile: '/etc/passwd' } },
      'pipeline.options.configFile',
    ],
    [
      'endless time',
      { ...good(), options: { commandTimeoutMinutes: 1e9 } },
      'pipeline.options.commandTimeoutMinutes',
    ],
    ['a zero byte', { ...good(), name: 'a\0' }, 'pipeline.name'],
  ])('is refused with the path of what is wrong: %s', async (_what, pipeline: Json, path) => {
    const { resolution, log } = await run(pipeline);
    expect(resolution).toEqual({ type: 'exception', reason: 'malformed-payload' });
    expect(log).toContain(`"path": "${path}"`);
  });

  it.each([
    ['command', ['sh']],
    ['cache', { name: '/cache' }],
    ['artifacts', { 'public/a': { type: 'file', path: '/a' } }],
    ['capabilities', { privileged: true }],
  ])('stands beside nothing that is for containers of images: %s', async (key, value: Json) => {
    const scopes = ['docker-worker:cache:name'];
    const { resolution, log } = await run(good(), { [key]: value, scopes });
    expect(resolution).toEqual({ type: 'exception', reason: 'malformed-payload' });
    expect(log).toContain(`"path": "${key === 'cache' ? 'cache' : key}`);
  });

  it('fails where its source was pruned, or is another one by now', async () => {
    const cache = await serving();
    const gone = await run(good({ cache, ref: 'slipway.source/app/gone' }));
    expect(gone.resolution).toEqual({ type: 'failed' });
    expect(gone.log).toContain('there is no ref slipway.source/app/gone');
    const moved = await run(good({ cache, commit: 'f'.repeat(64) }));
    expect(moved.resolution).toEqual({ type: 'failed' });
    expect(moved.log).toContain('does not name the commit');
  });

  it('shows its credentials to no cache but that of its own deployment', async () => {
    const repository = await makeRepository();
    await publishArtifact(repository, SOURCE, REF);
    const signatures: unknown[] = [];
    const authenticate = ({ headers }: SignedRequest): Caller => {
      signatures.push(headers['authorization']);
      return { clientId: 'anonymous', scopes: [] };
    };
    const { url } = await serveCache(repository, { authenticate });
    const { resolution, log } = await run(good({ cache: `${url}/artifacts/` }));
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain(`anonymous may not read "${REF}"`);
    expect(signatures).toEqual([undefined]);
  });

  it('is nobody’s failure where the cache cannot be reached', async () => {
    const { resolution, log } = await run(good());
    expect(resolution).toEqual({ type: 'exception', reason: 'resource-unavailable' });
    expect(log).toContain('The source cannot be fetched');
  });

  it('needs a cache to be named where the queue is none of Slipway’s', async () => {
    const { ref, commit } = good().source;
    const { resolution, log } = await run({ ...good(), source: { ref, commit } });
    expect(resolution).toEqual({ type: 'failed' });
    expect(log).toContain('`pipeline.source.cache` names the address of one');
  });

  it('fails with its own mistakes, and leaves its events', async () => {
    const events: (string | undefined)[] = [];
    const pipeline = { ...good({ cache: await serving() }), private: true };
    const { resolution } = await run(pipeline, {}, ({ artifact }, { taskId }) => {
      events.push(...['private', 'public'].map((folder) => artifact(taskId, `${folder}/run/events.jsonl`)));
    });
    expect(resolution).toEqual({ type: 'failed' });
    expect(events[0]).toMatch(/^run-started\n(.*\n)*run-finished\n$/);
    expect(events[1]).toBeUndefined();
  });
});
