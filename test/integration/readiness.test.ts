import { describe, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../../src/engine/fake/index.ts';
import type { Engine } from '../../src/engine/index.ts';
import type { RunEvent } from '../../src/kernel/index.ts';
import { type RunResult, runPipeline } from '../../src/runner/index.ts';
import { freePort } from '../support/free-port.ts';
import { openLoopbackEngine, SHARED_NETWORK } from '../support/loopback-engine.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX } from '../support/rig.ts';
import { createProjectRun, type ProjectRun } from '../support/run-request.ts';

interface Options {
  readonly onEvent?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
  readonly variables?: Readonly<Record<string, string>>;
}

async function run(engine: Engine, project: ProjectRun, options: Options = {}): Promise<RunResult> {
  const { box } = project.request();
  const hostEnvironment = new Map(Object.entries(options.variables ?? {}));
  return await runPipeline(project.request({ box: { ...box, network: SHARED_NETWORK }, hostEnvironment }), {
    engine,
    signal: options.signal ?? new AbortController().signal,
    events: (event) => {
      project.events.push(event);
      options.onEvent?.(event);
    },
  });
}

const service = (name: string, code: string, ready: unknown): Record<string, unknown> => ({
  id: BUSYBOX,
  name,
  cmd: `sh -c ${JSON.stringify(code).replaceAll('$', '\\$')}`,
  ready,
});

const httpd = (port: number): string => `busybox httpd -f -p 127.0.0.1:${port} -h /tmp`;

const typesOf = (project: ProjectRun): string[] => project.events.map(({ type }) => type);

const warnings = (project: ProjectRun): string[] =>
  project.events.flatMap((event) =>
    event.type === 'notice' && event.level === 'warning' ? [event.text] : [],
  );

async function expectClean(engine: FakeEngine): Promise<void> {
  expect(await engine.listContainers({ label: 'io.slipway.run-id' })).toEqual([]);
}

async function open(images = {}): Promise<{ fake: FakeEngine; engine: Engine } & AsyncDisposable> {
  const fake = await createFakeEngine({ images: { [BUSYBOX]: {}, 'localhost/slipway-other:1': {} } });
  const engine = await openLoopbackEngine(fake, images);
  return { fake, engine, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

describe.concurrent('a step waits for a service', () => {
  it('until its port is open', async () => {
    await using rig = await open();
    const port = await freePort();
    using project = createProjectRun(
      pipelineFile({
        services: [service('web', `echo hello > /tmp/page; sleep 0.5; exec ${httpd(port)}`, port)],
        steps: [`wget -q -O - http://127.0.0.1:${port}/page`],
      }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('hello\n');
    const types = typesOf(project);
    expect(types.indexOf('service-ready')).toBeLessThan(types.indexOf('step-started'));
    expect(project.events.find(({ type }) => type === 'service-ready')).toMatchObject({
      service: 'web',
      probe: `TCP port ${port}`,
    });
    await expectClean(rig.fake);
  });

  it('until it answers over HTTP as it should', async () => {
    await using rig = await open();
    const port = await freePort();
    const code = `${httpd(port)} & sleep 0.5; echo well > /tmp/health; wait`;
    using project = createProjectRun(
      pipelineFile({
        services: [service('web', code, { http: '/health', port, status: 200 })],
        steps: [`wget -q -O - http://127.0.0.1:${port}/health`],
      }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(project.output()).toBe('well\n');
  });

  it.each([
    ['a text for the shell', '[ -e /tmp/up ] && echo "$READY_MARK" | grep -q yes'],
    ['a list of words', ['test', '-e', '/tmp/up']],
  ])('until a command succeeds in its container: %s', async (_form, command) => {
    await using rig = await open();
    const late = service('late', 'sleep 0.5; : > /tmp/up; sleep 1000', { command });
    using project = createProjectRun(
      pipelineFile({ services: [{ ...late, env: { ready_mark: 'yes' } }], steps: ['echo after'] }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(typesOf(project)).toContain('service-ready');
  });

  it('until it has printed a text, wherever that is cut', async () => {
    await using rig = await open();
    const code = "printf 'ready to '; sleep 0.3; printf 'acc'; sleep 0.3; echo ept; sleep 1000";
    using project = createProjectRun(
      pipelineFile({ services: [service('late', code, { log: 'ready to accept' })], steps: ['echo after'] }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(typesOf(project)).toContain('service-ready');
  });

  it("until its image's own health check succeeds, also where the image names ports", async () => {
    const healthCheck = ['CMD-SHELL', '[ -e /tmp/up ]'];
    await using rig = await open({ 'localhost/slipway-other:1': { healthCheck, exposedPorts: ['1/tcp'] } });
    const { ready: _, ...late } = service('late', 'sleep 0.5; : > /tmp/up; sleep 1000', undefined);
    using project = createProjectRun(
      pipelineFile({ services: [{ ...late, id: 'localhost/slipway-other:1' }], steps: ['echo after'] }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(project.events.find(({ type }) => type === 'service-ready')).toMatchObject({
      probe: 'the image\'s health check "[ -e /tmp/up ]"',
    });
  });

  it('no longer than two seconds for ports that its image names and it does not open', async () => {
    const port = await freePort();
    const never = await freePort();
    const exposedPorts = [`${port}/tcp`, `${never}/tcp`, '53/udp'];
    await using rig = await open({ 'localhost/slipway-other:1': { exposedPorts } });
    const { ready: _, ...web } = service('web', httpd(port), undefined);
    using project = createProjectRun(
      pipelineFile({ services: [{ ...web, id: 'localhost/slipway-other:1' }], steps: ['echo after'] }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(warnings(project)).toEqual([expect.stringContaining(`port ${never} and has not opened it`)]);
    expect(project.output()).toBe('after\n');
  });

  it('not at all where the file says so, or where there is nothing to wait for', async () => {
    await using rig = await open({ 'localhost/slipway-other:1': { exposedPorts: ['1/tcp'] } });
    const idle = service('idle', 'sleep 1000', false);
    using project = createProjectRun(
      pipelineFile({
        services: [
          { ...idle, id: 'localhost/slipway-other:1' },
          { id: BUSYBOX, name: 'other', cmd: 'sleep 1000' },
        ],
        steps: ['echo after'],
      }),
    );
    expect(await run(rig.engine, project)).toMatchObject({ result: 'passed' });
    expect(typesOf(project)).not.toContain('service-ready');
    expect(rig.fake.calls.filter(({ method }) => method === 'execute')).toEqual([]);
  });
});

describe.concurrent('a service that does not get ready', () => {
  it('fails the run at once when it ends, with what it printed', async () => {
    await using rig = await open();
    using project = createProjectRun(
      pipelineFile({
        services: [
          service('broken', 'echo it broke; exit 4', 1),
          service('idle', 'sleep 1000', { command: 'false' }),
        ],
        steps: ['echo never'],
      }),
    );
    const { result, failure } = await run(rig.engine, project);
    expect(result).toBe('failed');
    expect(failure?.reason).toBe('service');
    expect(failure?.message).toContain('the service "broken" ended with exit code 4');
    expect(failure?.message).toContain('waited for TCP port 1');
    expect(failure?.message).toContain('\n  it broke');
    expect(project.output()).toBe('');
    expect(warnings(project)).toEqual([]);
    await expectClean(rig.fake);
  });

  it('fails the run when its time is over, with what was seen last and no secret', async () => {
    await using rig = await open();
    const code = 'echo "token $TOKEN"; echo second; sleep 1000';
    const late = service('late', code, { command: 'echo "not yet: $TOKEN"; exit 7', timeout: 5 });
    using project = createProjectRun(
      pipelineFile({ services: [{ ...late, env: { token: '$SECRET' } }], steps: ['echo never'] }),
    );
    const { result, failure } = await run(rig.engine, project, { variables: { XXX_SECRET: 'hush-hush' } });
    expect(result).toBe('failed');
    expect(failure?.message).toMatch(
      /^the service "late" was not ready after \d+\.\d s \(waited for the command/,
    );
    expect(failure?.message).toContain('last: exit code 7: not yet: ***');
    expect(failure?.message).toContain('\n  token ***\n  second');
    expect(JSON.stringify(project.events)).not.toContain('hush');
    await expectClean(rig.fake);
  });

  it('is told at once where the command that asks it is not there', async () => {
    await using rig = await open();
    const ready = { command: ['/no/such/program'], timeout: 1000 };
    const stop = new AbortController();
    using project = createProjectRun(
      pipelineFile({ services: [service('db', 'sleep 1000', ready)], steps: ['echo never'] }),
    );
    const result = await run(rig.engine, project, {
      signal: stop.signal,
      onEvent: (event) => event.type === 'notice' && event.level === 'warning' && stop.abort(),
    });
    expect(result).toMatchObject({ result: 'interrupted' });
    expect(warnings(project)).toEqual([
      expect.stringMatching(
        /^the command "\/no\/such\/program" cannot be run in the service "db" \(exit code 12[67]/,
      ),
    ]);
  });

  it('does not hold up an interrupt', async () => {
    await using rig = await open();
    const port = await freePort();
    const stop = new AbortController();
    using project = createProjectRun(
      pipelineFile({
        services: [
          service('quick', httpd(port), port), // told by the box, so that there is one
          service('never', 'sleep 1000', 1),
        ],
        steps: ['echo never'],
      }),
    );
    const { result } = await run(rig.engine, project, {
      signal: stop.signal,
      onEvent: ({ type }) => type === 'service-ready' && stop.abort(),
    });
    expect(result).toBe('interrupted');
    expect(project.output()).toBe('');
    await expectClean(rig.fake);
  });

  it('is told as what it is when the box is lost meanwhile', async () => {
    await using rig = await open();
    const port = await freePort();
    using project = createProjectRun(
      pipelineFile({
        services: [service('quick', httpd(port), port), service('never', 'sleep 1000', 1)],
        steps: ['echo never'],
      }),
    );
    const { result, failure } = await run(rig.engine, project, {
      onEvent: ({ type }) => {
        if (type !== 'service-ready') return;
        void rig.fake
          .listContainers({ label: 'io.slipway.role=box' })
          .then(([box]) => box && rig.fake.killContainer(box.id));
      },
    });
    expect(result).toBe('failed');
    expect(failure?.message).toBe(
      'the box was lost while services were waited for: the box ended with exit code 137',
    );
    await expectClean(rig.fake);
  });

  it('fails the run promptly when the engine dies meanwhile', async () => {
    await using rig = await open();
    const port = await freePort();
    using project = createProjectRun(
      pipelineFile({
        services: [service('quick', httpd(port), port), service('never', 'sleep 1000', 1)],
        steps: ['echo never'],
      }),
    );
    const { result, failure } = await run(rig.engine, project, {
      onEvent: ({ type }) => {
        if (type === 'service-ready') rig.fake.faults.die();
      },
    });
    expect(result).toBe('failed');
    expect(failure?.reason).toBe('engine');
    expect(project.events.at(-1)).toMatchObject({ type: 'run-finished', result: 'failed' });
  });
});

describe('what services print', () => {
  it('is told line by line where it is asked for, without secrets', async () => {
    await using rig = await open();
    const code = 'printf \'one \'; echo "$TOKEN"; echo there >&2; echo here; sleep 1000';
    const talking = service('talking', code, { log: 'here' });
    using project = createProjectRun(
      pipelineFile({ services: [{ ...talking, env: { token: '$SECRET' } }], steps: ['echo after'] }),
    );
    const request = project.request({
      serviceLogs: true,
      hostEnvironment: new Map([['XXX_SECRET', 'hush-hush']]),
    });
    await runPipeline(
      { ...request, box: { ...request.box, network: SHARED_NETWORK } },
      {
        engine: rig.engine,
        signal: new AbortController().signal,
        events: (event) => {
          project.events.push(event);
        },
      },
    );
    const told = project.events.flatMap((event) =>
      event.type === 'service-output' ? event.text.split('\n') : [],
    );
    expect(told.toSorted()).toEqual(['here', 'one ***', 'there']);
  });
});
