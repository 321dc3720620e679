import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeEngine } from '../../src/engine/fake/index.ts';
import type { ContainerSpec, Engine } from '../../src/engine/index.ts';
import { runPipeline } from '../../src/runner/index.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

const WITH_DOCKER = pipelineFile({
  steps: ['echo "$DOCKER_HOST $DOCKER_NETWORK_NAME"; [ -e /run/engine.sock ] || echo none'],
  more: { docker: true },
});

interface Watched {
  readonly engine: Engine;
  /** What it was asked to make. */
  readonly specs: ContainerSpec[];
}

/** The fake, at another address. */
function engineAt(fake: Engine, endpoint: string): Watched {
  const specs: ContainerSpec[] = [];
  const engine: Engine = {
    ...fake,
    ping: async (options) => ({ ...(await fake.ping(options)), endpoint }),
    createContainer: async (spec) => {
      specs.push(spec);
      return await fake.createContainer(spec);
    },
  };
  return { engine, specs };
}

const run = (engine: Engine, project: ProjectRun, variables: Readonly<Record<string, string>> = {}) =>
  runPipeline(
    project.request({ runId: 'run-0123456789ab', hostEnvironment: new Map(Object.entries(variables)) }),
    {
      engine,
      signal: new AbortController().signal,
      events: (event) => {
        project.events.push(event);
      },
    },
  );

describe('a pipeline with docker: true', () => {
  it("gets a privileged box with the engine's socket at its own path", async () => {
    await using fake = await createFakeEngine();
    using project = createProjectRun(WITH_DOCKER);
    const socket = join(project.folder, 'engine.sock');
    writeFileSync(socket, '');
    const { engine, specs } = engineAt(fake, `unix://${socket}`);
    const { result } = await run(engine, project);
    expect(result).toBe('passed');
    expect(specs[0]).toMatchObject({
      privileged: true,
      mounts: expect.arrayContaining([{ source: socket, target: socket, readOnly: false }]),
    });
    expect(project.output()).toBe(`unix://${socket} w-0123456789ab\nnone\n`);
  });

  it('gets the address of an engine that is reached over the network', async () => {
    await using fake = await createFakeEngine();
    using project = createProjectRun(WITH_DOCKER);
    const { engine, specs } = engineAt(fake, 'tcp://10.9.8.7:2375');
    expect(await run(engine, project)).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('tcp://10.9.8.7:2375 w-0123456789ab\nnone\n');
    expect(specs[0]).toMatchObject({ privileged: true });
  });

  it('is told that certificates do not come along', async () => {
    await using fake = await createFakeEngine();
    using project = createProjectRun(WITH_DOCKER);
    expect(await run(engineAt(fake, 'https://engine.test:2376').engine, project)).toMatchObject({
      result: 'passed',
    });
    expect(project.output()).toContain('tcp://engine.test:2376 ');
    expect(JSON.stringify(project.events)).toContain('asks for certificates');
  });

  it('sets the variables before the hidden ones, which may replace them', async () => {
    await using fake = await createFakeEngine();
    using project = createProjectRun(WITH_DOCKER);
    const variables = { X_DOCKER_HOST: 'plain', XXX_DOCKER_NETWORK_NAME: 'hidden-one' };
    await run(engineAt(fake, 'tcp://10.9.8.7:2375').engine, project, variables);
    expect(project.output()).toBe('tcp://10.9.8.7:2375 ***\nnone\n');
  });

  it.each(['tcp://127.0.0.1:2375', 'tcp://localhost:2375', 'https://[::1]:2376', 'fake://here'])(
    'is refused where the box could not reach the engine: %s',
    async (endpoint) => {
      await using fake = await createFakeEngine();
      using project = createProjectRun(WITH_DOCKER);
      const { engine, specs } = engineAt(fake, endpoint);
      const { result, failure } = await run(engine, project);
      expect(result).toBe('failed');
      expect(failure).toMatchObject({ reason: 'box' });
      expect(failure?.message).toContain(`asks for \`docker: true\`, but the engine is at ${endpoint}`);
      expect(specs).toEqual([]);
    },
  );

  it('is told in words that the engine starts nothing privileged', async () => {
    await using fake = await createFakeEngine();
    using project = createProjectRun(WITH_DOCKER);
    const message =
      'cannot start the container: runc create failed: unable to apply caps: operation not permitted';
    fake.faults.next('startContainer', { kind: 'error', code: 'START_FAILED', message });
    const { failure } = await run(engineAt(fake, 'tcp://10.9.8.7:2375').engine, project);
    expect(failure?.message).toContain('as privileged, which `docker: true` asks for');
    expect(failure?.hint).toContain('take `docker: true` out');
  });
});

it('a pipeline without it asks nobody where the engine is, and its box may no more than others', async () => {
  await using fake = await createFakeEngine();
  using project = createProjectRun(pipelineFile({ steps: ['echo "[$DOCKER_HOST]"'] }));
  const { engine, specs } = engineAt(fake, 'unix:///nowhere');
  await run(engine, project);
  expect(project.output()).toBe('[]\n');
  expect(specs[0]).not.toHaveProperty('privileged');
  expect(fake.calls.filter(({ method }) => method === 'ping')).toEqual([]);
});
