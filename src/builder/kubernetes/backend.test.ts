import { describe, expect, it, vi } from 'vitest';
import { ServerStopping } from '../error.ts';
import { contextName } from './objects/names.ts';
import type { StartedContainer } from './testing/executor.ts';
import { type BackendRig, DIGEST, listen, NAMESPACE, openBackendRig, passes, workOf } from './testing/rig.ts';

const never = new AbortController().signal;
const WAIT = { timeout: 20_000 };
const REFUSED = expect.objectContaining({ name: 'BuildError' });

/** A container that prints a line and then waits to be told how it ends. */
function held() {
  const started = Promise.withResolvers<StartedContainer>();
  const end = Promise.withResolvers<{
    readonly exitCode: number;
    readonly message?: string;
    readonly reason?: string;
  }>();
  return {
    started: started.promise,
    end: end.resolve,
    executor: async (container: StartedContainer) => {
      container.print('#4 [1/2] FROM\n');
      started.resolve(container);
      const aborted = new Promise<{ exitCode: number }>((resolve) => {
        container.signal.addEventListener('abort', () => resolve({ exitCode: 143 }));
      });
      return await Promise.race([end.promise, aborted]);
    },
  };
}

const nothingLeft = (rig: BackendRig) =>
  vi.waitFor(() => {
    expect(rig.standIn.list('jobs')).toEqual([]);
    expect(rig.standIn.list('pods')).toEqual([]);
    expect(rig.standIn.list('secrets')).toEqual([]);
    expect(rig.standIn.list('configmaps').map(({ metadata }) => metadata.name)).toEqual([
      'nuvolaris-buildkitd-conf',
    ]);
  }, WAIT);

describe('a build in a cluster', () => {
  it('gives the digest that the builder said, hands on what it printed, and leaves nothing', async () => {
    await using rig = await openBackendRig({
      executor: async (container) => {
        container.print('#1 begins\n#5 0.100 installed\n#9 exporting to image\n#9 pushing layers\n');
        return await passes(container);
      },
    });
    const told = listen();
    await expect(rig.backend.build(workOf(), told, never)).resolves.toEqual({ digest: DIGEST });
    expect(told.text()).toBe(
      '#1 begins\n#5 0.100 installed\n#9 exporting to image\n#9 pushing layers\n#5 0.100 installed\n',
    );
    expect(told.phases).toEqual(['prepare', 'build', 'push']);
    await nothingLeft(rig);
  });

  it('goes on over connections that break, and loses and repeats no line', async () => {
    const builder = held();
    await using rig = await openBackendRig({ executor: builder.executor });
    const told = listen();
    const building = rig.backend.build(workOf(), told, never);
    const container = await builder.started;
    const lines = Array.from({ length: 60 }, (_, n) => `#5 line ${n}\n`);
    for (const [n, line] of lines.entries()) {
      container.print(line);
      if (n % 20 !== 10) continue;
      await vi.waitFor(() => expect(told.text()).toContain(line), WAIT);
      rig.standIn.breakStreams();
      if (n === 30) rig.standIn.forget();
    }
    builder.end({ exitCode: 0, message: `"containerimage.digest": "${DIGEST}"` });
    await expect(building).resolves.toEqual({ digest: DIGEST });
    expect(told.text()).toBe(`#4 [1/2] FROM\n${lines.join('')}`);
  });

  it('is ended by its signal, and its pod is gone when that is said', async () => {
    const builder = held();
    await using rig = await openBackendRig({ executor: builder.executor });
    const stop = new AbortController();
    const building = rig.backend.build(workOf(), listen(), stop.signal);
    await builder.started;
    const reason = new Error('cancelled');
    stop.abort(reason);
    await expect(building).rejects.toBe(reason);
    expect(rig.standIn.list('pods')).toEqual([]);
    await nothingLeft(rig);
  });

  it('goes on where the server stops, and the next server takes it over from its first line', async () => {
    const builder = held();
    await using rig = await openBackendRig({ executor: builder.executor });
    const stop = new AbortController();
    const first = rig.backend.build(workOf(), listen(), stop.signal);
    await builder.started;
    stop.abort(new ServerStopping());
    await expect(first).rejects.toBeInstanceOf(ServerStopping);
    const uid = rig.standIn.list('jobs')[0]?.metadata.uid;
    const other = await rig.open();
    const told = listen();
    const second = other.build(workOf(), told, never);
    await vi.waitFor(() => expect(told.text()).toBe('#4 [1/2] FROM\n'), WAIT);
    expect(rig.standIn.list('jobs').map(({ metadata }) => metadata.uid)).toEqual([uid]);
    builder.end({ exitCode: 0, message: `"containerimage.digest": "${DIGEST}"` });
    await expect(second).resolves.toEqual({ digest: DIGEST });
  });

  it('is not begun with what an attempt before it was made from, which goes a moment later than its Job', async () => {
    const begun: (readonly [string, string])[] = [];
    await using rig = await openBackendRig({
      executor: async (container) => {
        begun.push(...[...container.files].filter(([name]) => name.endsWith('/package.json')));
        return await passes(container);
      },
    });
    const { url } = rig.standIn;
    const before = workOf({ context: { dockerfile: 'FROM x\n', files: { 'package.json': 'before' } } });
    const work = workOf();
    // Without an owner: nobody takes them before this test does.
    for (const [each, text] of [[before, 'before'] as const, [work, '{}'] as const])
      rig.standIn.create('configmaps', NAMESPACE, {
        metadata: { name: contextName(each) },
        data: { 'package.json': text },
      });
    const building = rig.backend.build(work, listen(), never);
    const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
    const made = () => rig.standIn.requests.filter((request) => request === `POST ${path}`);
    await vi.waitFor(() => expect(made().length).toBeGreaterThan(2), WAIT); // BuildKit's own is one of them
    await fetch(`${url}${path}/${contextName(work)}`, { method: 'DELETE' });
    await expect(building).resolves.toEqual({ digest: DIGEST });
    expect(begun.map(([, text]) => text)).toEqual(['{}']);
  });

  it('that went well has gone well though its log cannot be read', async () => {
    await using rig = await openBackendRig({ mayDo: (_verb, resource) => resource !== 'pods/log' });
    const told = listen();
    await expect(rig.backend.build(workOf(), told, never)).resolves.toEqual({ digest: DIGEST });
    expect(told.text()).toMatch(
      /^\nThe rest of the log cannot be had: cannot read the log of the pod .*forbidden/,
    );
  });

  it('takes over no Job of another build', async () => {
    await using rig = await openBackendRig();
    const work = workOf();
    rig.standIn.create('jobs', NAMESPACE, {
      metadata: { name: work.jobName },
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'other', image: 'other' }] } },
      },
    });
    await expect(rig.backend.build(work, listen(), never)).rejects.toMatchObject({
      reason: 'backend-failed',
      message: `there is another Job called ${work.jobName} in nuvolaris`,
    });
  });
});

describe('a build that fails', () => {
  it.each([
    [
      'error: failed to solve: process "/bin/sh -c x" did not complete successfully: exit code: 7',
      'requirement-failed',
      'exit code 7',
    ],
    [
      'error: failed to solve: a/b: failed to resolve source metadata for docker.io/a/b: not found',
      'source-not-found',
      'not in its registry',
    ],
    [
      'error: failed to solve: failed to push h/a:b: unexpected status: 401 Unauthorized',
      'registry-refused',
      'credentials',
    ],
    [
      'error: failed to solve: failed to push h/a:b: dial tcp: connect: connection refused',
      'registry-unreachable',
      'cannot be reached',
    ],
    ['something else', 'backend-failed', 'something else'],
  ])('for %s ends with the reason %s', async (line, reason, words) => {
    await using rig = await openBackendRig({
      executor: ({ print }) => {
        print(`#5 0.2 error: failed to solve: failed to push\n${line}\n`);
        return Promise.resolve({ exitCode: 1 });
      },
    });
    await expect(rig.backend.build(workOf(), listen(), never)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(words),
    });
    await nothingLeft(rig);
  });

  it('says that memory was not enough', async () => {
    await using rig = await openBackendRig({
      executor: () => Promise.resolve({ exitCode: 137, reason: 'OOMKilled' }),
    });
    await expect(rig.backend.build(workOf(), listen(), never)).rejects.toMatchObject({
      reason: 'backend-failed',
      message: expect.stringContaining('memory'),
    });
  });

  it('is ended by the cluster when its time is over', async () => {
    await using rig = await openBackendRig({ executor: held().executor });
    await expect(rig.backend.build(workOf({ timeLimitMs: 900 }), listen(), never)).rejects.toMatchObject({
      reason: 'time-limit',
    });
  });

  it('says what admission has against its pod', async () => {
    const why =
      'pods "build-alice-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false';
    await using rig = await openBackendRig({ refusePod: () => why });
    await expect(rig.backend.build(workOf(), listen(), never)).rejects.toMatchObject({
      reason: 'backend-failed',
      message: expect.stringContaining(why),
    });
  });

  it('waits for a quota, says so in the log, and gives up after the time for starting', async () => {
    const why =
      'pods "build-alice-x" is forbidden: exceeded quota: builds, requested: pods=1, used: pods=2, limited: pods=2';
    await using rig = await openBackendRig({ refusePod: () => why, settings: { startLimitSeconds: 0.5 } });
    const told = listen();
    await expect(rig.backend.build(workOf(), told, never)).rejects.toMatchObject({
      reason: 'backend-failed',
      message: expect.stringContaining('exceeded quota: builds'),
    });
    expect(told.text()).toBe(`waiting for the cluster: Error creating: ${why}\n`);
  });

  it('says what the role lacks, and which call it was', async () => {
    await using rig = await openBackendRig({
      mayDo: (verb, resource) => !(verb === 'create' && resource === 'jobs'),
    });
    await expect(rig.backend.build(workOf(), listen(), never)).rejects.toMatchObject({
      reason: 'backend-failed',
      message: expect.stringMatching(
        /^cannot create a Job: jobs is forbidden: .*cannot create resource "jobs"/,
      ),
    });
  });

  it('says where nobody answers for the cluster', async () => {
    await using rig = await openBackendRig();
    await rig.standIn[Symbol.asyncDispose]();
    expect(await rig.backend.check()).toEqual({
      isWell: false,
      about: expect.stringMatching(/the API server of .* does not answer: connection refused$/),
    });
  });

  it('does not need to see events', async () => {
    await using rig = await openBackendRig({ mayDo: (_verb, resource) => resource !== 'events' });
    await expect(rig.backend.build(workOf(), listen(), never)).resolves.toEqual({ digest: DIGEST });
  });

  it('is refused before anything is made where its file is more than a ConfigMap takes', async () => {
    await using rig = await openBackendRig();
    const context = { dockerfile: 'FROM x\n', files: { 'package.json': 'x'.repeat(1024 * 1024) } };
    await expect(rig.backend.build(workOf({ context }), listen(), never)).rejects.toEqual(REFUSED);
    expect(rig.standIn.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });
});
