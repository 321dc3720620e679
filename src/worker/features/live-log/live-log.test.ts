import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { RunAbort } from '../../task/resolution.ts';
import { createFeatureRig, type FeatureRig } from '../testing/feature-rig.ts';
import { liveLog } from './live-log.ts';
import { sendLog } from './send-log.ts';

const OUTCOME = { success: true, exitCode: 0 };
const LIVE = 'public/logs/live.log';
const artifactOf = ({ queue, task }: FeatureRig, name: string) =>
  queue.artifacts.get(`${task.taskId}/${task.runId}/${name}`);

async function finish(rig: FeatureRig, feature: ReturnType<typeof liveLog.start>): Promise<void> {
  await rig.task.log.end();
  await feature.killed?.(rig.task, OUTCOME);
}

describe('a live log at the server', () => {
  it('is there while the task goes on, and a link to the stored log afterwards', async () => {
    await using rig = await createFeatureRig();
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    await rig.task.log.write(Buffer.from('one\r\n'));
    await vi.waitFor(() => expect(rig.live.text).toBe('one\r\n'), { timeout: 20_000, interval: 5 });
    const url = `${rig.rootUrl}/api/slipway/v1/task/${rig.task.taskId}/runs/0/log/${LIVE}`;
    const { expires } = rig.task.claim.task;
    await vi.waitFor(
      () => expect(artifactOf(rig, LIVE)).toMatchObject({ storageType: 'reference', url, expires }),
      { timeout: 20_000 },
    );
    await rig.task.log.write(Buffer.from('two\r\n'));
    await finish(rig, feature);
    expect(rig.live).toEqual({ text: 'one\r\ntwo\r\n', hasEnded: true, parts: 1 });
    const backing = 'public/logs/live_backing.log';
    expect(artifactOf(rig, LIVE)).toMatchObject({ storageType: 'link', artifact: backing });
    expect(rig.stored.get(backing)).toMatchObject({
      text: 'one\r\ntwo\r\n',
      headers: { 'content-encoding': 'gzip', 'content-type': 'text/plain; charset=utf-8' },
    });
  });

  it('has the name that the payload gives it', async () => {
    await using rig = await createFeatureRig({ task: { payload: { log: 'private/a/b.log.txt' } } });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    await finish(rig, feature);
    expect(artifactOf(rig, 'private/a/b.log.txt')).toMatchObject({ artifact: 'private/a/b.log_backing.txt' });
    expect(rig.stored.get('private/a/b.log_backing.txt')?.text).toContain('said');
  });

  it('goes on after a cut, without a byte lost or twice', async () => {
    let cuts = 2;
    await using rig = await createFeatureRig({
      answer(message) {
        if (!message.url?.includes('/log/') || message.method !== 'PUT' || cuts === 0) return false;
        cuts -= 1;
        message.once('data', () => message.socket.destroy());
        return true;
      },
    });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('before');
    await vi.waitFor(() => expect(rig.live.text).toContain('before'), { timeout: 20_000 });
    rig.task.log.line('after');
    await finish(rig, feature);
    expect(rig.live.text).toBe(rig.stored.get('public/logs/live_backing.log')?.text);
  });

  it('is sent again where no answer comes', async () => {
    const silent: ServerResponse[] = [];
    await using rig = await createFeatureRig({
      answer(message, response) {
        if (!message.url?.includes('/log/') || silent.length > 0) return false;
        silent.push(response);
        message.resume();
        return true;
      },
    });
    rig.task.log.line('said');
    await rig.task.log.end();
    const never = new AbortController().signal;
    await sendLog(rig.task, LIVE, never, { times: { partMs: 500, answerMs: 500 } });
    expect(rig.live.text).toContain('said');
    expect(silent[0]?.destroyed, 'nobody waits for it any more').toBe(true);
  });

  it('goes back to where a server is that has less than it said', async () => {
    let step = 0;
    await using rig = await createFeatureRig({
      answer(message, response) {
        if (!message.url?.includes('/log/') || message.method !== 'PUT') return false;
        step += 1;
        if (step !== 2) return false;
        message.resume();
        rig.live.text = '';
        response
          .writeHead(409, { 'content-type': 'application/json', connection: 'close' })
          .end('{"sizeBytes":0}');
        return true;
      },
    });
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const feature = liveLog.start(rig.task);
      await feature.link?.(rig.task);
      rig.task.log.line('first part');
      await vi.waitFor(() => expect(rig.live.text).toContain('first part'), { timeout: 20_000 });
      vi.advanceTimersByTime(30_000); // a part has ended
      rig.task.log.line('second part');
      await vi.waitFor(() => expect(step).toBeGreaterThan(2), { timeout: 20_000 });
      vi.useRealTimers();
      await finish(rig, feature);
    } finally {
      vi.useRealTimers();
    }
    expect(rig.live.text).toBe(rig.stored.get('public/logs/live_backing.log')?.text);
  });

  it('is given up at once where the run has ended elsewhere', async () => {
    await using rig = await createFeatureRig({
      answer(message, response) {
        if (!message.url?.includes('/log/') || message.method !== 'PUT') return false;
        message.resume();
        response
          .writeHead(409, { 'content-type': 'application/json' })
          .end('{"code":"RequestConflict","sizeBytes":9}');
        return true;
      },
    });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    await vi.waitFor(() => expect(rig.records.map(({ type }) => type)).toEqual(['live log error']), {
      timeout: 20_000,
    });
    await finish(rig, feature);
  });

  it('fails no task when the server refuses it', async () => {
    await using rig = await createFeatureRig({
      answer(message, response) {
        if (!message.url?.includes('/log/')) return false;
        message.resume();
        response.writeHead(403).end();
        return true;
      },
    });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    await finish(rig, feature);
    expect(rig.stored.get('public/logs/live_backing.log')?.text).toContain('said');
    expect(rig.records.map(({ type }) => type)).toContain('live log error');
  });

  it('fails no task when the queue takes no reference', async () => {
    await using rig = await createFeatureRig();
    rig.queue.failNext('createArtifact', new Error('no'));
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    await vi.waitFor(() => expect(rig.records).toHaveLength(1), { timeout: 20_000 });
    await finish(rig, feature);
    expect(artifactOf(rig, LIVE)).toMatchObject({ storageType: 'link' });
  });

  it('is not stored where the run was canceled', async () => {
    await using rig = await createFeatureRig();
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    rig.abort(new RunAbort('canceled'));
    await finish(rig, feature);
    expect(rig.stored.size).toBe(0);
    expect(rig.live.hasEnded).toBe(true);
  });

  it('is given up when it is too late, whatever still goes on', async () => {
    const asked = Promise.withResolvers<void>();
    await using rig = await createFeatureRig({
      answer({ url, method }) {
        if (method !== 'PUT' || url?.startsWith('/store/') !== true) return false;
        asked.resolve();
        return true; // and never an answer
      },
    });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    rig.abort(new RunAbort('worker-shutdown'));
    const finished = finish(rig, feature);
    await asked.promise;
    rig.leave();
    await expect(finished).rejects.toThrow('too late');
  });

  it('is stored where the worker stops', async () => {
    await using rig = await createFeatureRig();
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    rig.task.log.line('said');
    rig.abort(new RunAbort('worker-shutdown'));
    await finish(rig, feature);
    expect(rig.stored.get('public/logs/live_backing.log')?.text).toContain('said');
  });
});

describe('a live log of a foreign queue', () => {
  async function opened(rig: FeatureRig): Promise<string> {
    const found = await vi.waitFor(
      () => {
        const artifact = artifactOf(rig, LIVE);
        if (artifact?.storageType !== 'reference') throw new Error('not yet');
        return artifact.url;
      },
      { timeout: 20_000 },
    );
    return found;
  }

  it('is served by the worker, whole from its beginning and then as it grows', async () => {
    await using rig = await createFeatureRig({ isSlipway: false });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    await rig.task.log.write(Buffer.from('one\r\n'));
    const url = await opened(rig);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/log\/[A-Za-z0-9_-]{22}$/);
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('one\r\n');
    await rig.task.log.write(Buffer.from('two\r\n'));
    expect((await reader?.read())?.value).toBe('two\r\n');
    await finish(rig, feature);
    expect((await reader?.read())?.done).toBe(true);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('is for who knows the token, and for reading only', async () => {
    await using rig = await createFeatureRig({ isSlipway: false });
    const feature = liveLog.start(rig.task);
    await feature.link?.(rig.task);
    const url = await opened(rig);
    const statusOf = async (path: string, method = 'GET'): Promise<number> => {
      const sent = request(new URL(path, url), { method, agent: false });
      sent.end();
      const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
      answer.resume();
      return answer.statusCode;
    };
    const { pathname } = new URL(url);
    expect(await statusOf(`/log/${'A'.repeat(22)}`)).toBe(401);
    expect(await statusOf(`/log/${'A'.repeat(5000)}`)).toBe(404);
    expect(await statusOf('/')).toBe(404);
    expect(await statusOf(pathname, 'PUT')).toBe(400);
    expect(await statusOf(pathname, 'POST')).toBe(405);
    await finish(rig, feature);
  });
});
