import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../../test/support/ask.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { logNameOf } from './log-name.ts';
import { readLog, sendLog } from './testing/log-clients.ts';
import { openOwnRig } from './testing/own-rig.ts';

const NAME = 'public/logs/live.log';
const LIVE = `log/${encodeURIComponent(NAME)}`;
const PATIENT = { timeout: 20_000 };

const post = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers });

describe.concurrent('a log that is sent while it is read', () => {
  it('shows readers each piece as it comes, and ends them with it', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const sending = sendLog(url);
    await vi.waitFor(
      async () => expect(await rig.logs.size(logNameOf({ taskId, runId: 0, name: NAME }))).toBeDefined(),
      PATIENT,
    );
    const reader = await readLog(url);
    expect(reader.status).toBe(200);
    sending.write('one\n');
    await reader.has('one\n');
    const late = await readLog(`${url}?start=2`);
    expect(late.headers.get('x-slipway-log-start')).toBe('2');
    sending.write('two\n');
    await reader.has('one\ntwo\n');
    await late.has('e\ntwo\n');
    expect(await sending.end()).toEqual({ status: 200, json: { sizeBytes: 8 } });
    const ended = await post(`${url}/end`);
    expect(await ended.json()).toEqual({ sizeBytes: 8 });
    await Promise.all([reader.done, late.done]);
  });

  it('waits for a log that has not begun, as long as its run goes on', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add('pending');
    const url = rig.url + rig.path(taskId, LIVE);
    const reading = readLog(url);
    rig.fake.become(taskId, 'running');
    const sending = sendLog(url);
    sending.write('begun');
    const reader = await reading;
    await reader.has('begun');
    await sending.end();
    await post(`${url}/end`);
    await reader.done;
  });

  it('is not there where the run ends without one, and where there is no run', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const reading = readLog(rig.url + rig.path(taskId, LIVE));
    expect((await ask(rig.url, `${rig.path(taskId, LIVE)}?follow=false`)).status).toBe(404);
    rig.fake.become(taskId, 'exception');
    expect((await reading).status).toBe(404);
    expect((await ask(rig.url, rig.path(newTaskId(), LIVE))).status).toBe(404);
  });

  it('goes on where it was after a cut, also when the old connection is not known to be gone', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const first = sendLog(url);
    first.write('0123456789');
    const reader = await readLog(url);
    await reader.has('0123456789');
    const second = sendLog(`${url}?offset=5`);
    await first.cut;
    second.write('56789abc');
    await reader.has('0123456789abc');
    expect(await second.end()).toEqual({ status: 200, json: { sizeBytes: 13 } });
    reader.leave();
  });

  it('takes no gap, and says where the log ends', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const first = sendLog(url);
    first.write('1234');
    await first.end();
    const far = sendLog(`${url}?offset=5`);
    far.write('never kept');
    const { status, json } = await far.answer;
    expect(status).toBe(409);
    expect(json).toMatchObject({ code: 'RequestConflict', sizeBytes: 4 });
    far.request.destroy();
    await post(`${url}/end`);
    expect(await sendLog(`${url}?offset=4`).answer).toMatchObject({ status: 409, json: { sizeBytes: 4 } });
    expect((await ask(rig.url, rig.path(taskId, LIVE))).text).toBe('1234');
  });

  it('is taken of a run only while that runs', async () => {
    await using rig = await openOwnRig();
    for (const state of ['pending', 'completed', 'exception'] as const) {
      const taskId = rig.fake.add(state);
      expect(await sendLog(rig.url + rig.path(taskId, LIVE)).end()).toMatchObject({ status: 409 });
    }
    const none = rig.path(newTaskId(), LIVE);
    expect(await sendLog(rig.url + none).end()).toMatchObject({ status: 404 });
    expect((await post(`${rig.url}${none}/end`)).status).toBe(404);
  });

  it('may say nothing for longer than requests and connections may, in both directions', async () => {
    const limits = {
      requestTimeoutMs: 500,
      silenceTimeoutMs: 1000,
      headersTimeoutMs: 2000,
      checkIntervalMs: 10,
    };
    await using rig = await openOwnRig({ limits, stallTimeoutMs: 1000 });
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const sending = sendLog(url);
    sending.write('before');
    const reader = await readLog(url);
    await reader.has('before');
    // Another request is ended meanwhile, and a connection on which nothing comes, which is given longer than the rest.
    for (const text of ['PUT /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n', '']) {
      const other = connect(Number(new URL(rig.url).port), '127.0.0.1');
      other.on('error', () => undefined);
      other.write(text);
      other.resume();
      await once(other, 'close');
    }
    sending.write(' after');
    await reader.has('before after');
    expect((await sending.end()).status).toBe(200);
    reader.leave();
  });

  it('is followed by many, one of whom takes nothing, and holds up nobody', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const sending = sendLog(url);
    sending.write('begin\n');
    const stuck = connect(Number(new URL(rig.url).port), '127.0.0.1');
    stuck.on('error', () => undefined);
    stuck.write(`GET ${rig.path(taskId, LIVE)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    stuck.pause();
    const readers = await Promise.all(Array.from({ length: 200 }, () => readLog(url)));
    let expected = 'begin\n';
    for (let i = 0; i < 20; i += 1) {
      const piece = `${String(i).repeat(20_000)}\n`;
      sending.write(piece);
      expected += piece;
    }
    expect(await sending.end()).toEqual({ status: 200, json: { sizeBytes: expected.length } });
    await post(`${url}/end`);
    await Promise.all(readers.map(({ done }) => done));
    expect(readers.every(({ text }) => text === expected)).toBe(true);
    stuck.destroy();
  });

  it('is followed by one client so often at once, and read as it is then', async () => {
    await using rig = await openOwnRig({ streams: 1 });
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const sending = sendLog(url);
    sending.write('one\n');
    const reader = await readLog(url);
    await reader.has('one\n');
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    expect(await refused.text()).toContain('Your address follows 1 logs');
    expect(await (await fetch(`${url}?follow=false`)).text()).toBe('one\n');
    reader.leave();
    await vi.waitFor(async () => expect((await readLog(url)).status).toBe(200), PATIENT);
    await sending.end();
  });

  it('lets its readers and its writer go when the server stops, so that they go on elsewhere', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const sending = sendLog(url);
    sending.write('text');
    const reader = await readLog(url);
    await reader.has('text');
    rig.stop();
    await sending.cut;
    await expect(reader.done).rejects.toThrow();
    expect(await rig.logs.size(logNameOf({ taskId, runId: 0, name: NAME }))).toEqual({
      sizeBytes: 4,
      hasEnded: false,
    });
  });
});

describe.concurrent('a log that is there', () => {
  async function withLog(text = '0123456789') {
    const rig = await openOwnRig();
    const taskId = rig.fake.add();
    await rig.logs.append(logNameOf({ taskId, runId: 0, name: NAME }), 0, Buffer.from(text));
    return { rig, taskId, path: rig.path(taskId, LIVE) };
  }

  it('is given as far as it goes, without following', async () => {
    const { rig, path } = await withLog();
    await using _ = rig;
    const all = await ask(rig.url, `${path}?follow=false`);
    expect(all).toMatchObject({ status: 200, text: '0123456789' });
    expect(all.headers).toMatchObject({ 'content-length': '10', 'x-slipway-log-ended': 'false' });
    expect((await ask(rig.url, `${path}?follow=false&start=7`)).text).toBe('789');
    expect((await ask(rig.url, `${path}?follow=false&start=70`)).text).toBe('');
    const head = await ask(rig.url, path, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'x-slipway-log-size': '10' } });
  });

  it('is given from where a client has it, as `curl -C -` asks', async () => {
    const { rig, path } = await withLog();
    await using _ = rig;
    const rest = await ask(rig.url, path, { headers: { range: 'bytes=4-' } });
    expect(rest).toMatchObject({ status: 206, text: '456789', headers: { 'content-range': 'bytes 4-9/10' } });
    expect((await ask(rig.url, path, { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  it('is nothing that a browser runs, whatever it holds', async () => {
    const { rig, path } = await withLog('<script>alert(1)</script>\u001b]0;title\u0007');
    await using _ = rig;
    for (const query of ['', '?follow=false']) {
      const reader = await readLog(rig.url + path + query);
      expect(reader.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(reader.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reader.headers.get('content-security-policy')).toContain('sandbox');
      reader.leave();
    }
  });

  it.each(['?start=x', '?start=-1', '?follow=yes', '?other=1', '?start=1&start=2'])(
    'refuses the query %s',
    async (query) => {
      const { rig, path } = await withLog();
      await using _ = rig;
      const refused = await ask(rig.url, path + query);
      expect(refused.status).toBe(400);
      expect(JSON.parse(refused.text)).toMatchObject({ code: 'InvalidRequestArguments' });
    },
  );

  it('takes names of every kind, and none that is none', async () => {
    const { rig, taskId } = await withLog();
    await using _ = rig;
    for (const name of ['..', '.', '../../etc/passwd', 'a/b c?#%', 'x'.repeat(1024), '/', '@']) {
      const at = rig.path(taskId, `log/${encodeURIComponent(name).replaceAll('.', '%2E')}`);
      expect((await ask(rig.url, at, { method: 'PUT', body: name })).status, name).toBe(200);
      expect((await ask(rig.url, `${at}?follow=false`)).text).toBe(name);
    }
    for (const name of ['%00', '%0a', '%c3%a4', '', 'y'.repeat(1025)]) {
      const refused = await ask(rig.url, rig.path(taskId, `log/${name}`));
      expect(refused.status, name).toBe(400);
    }
  });
});

describe.concurrent('who may', () => {
  it('a worker writes the log of its run and of no other; everybody reads what is public', async () => {
    await using rig = await openOwnRig({ mode: 'closed' });
    const [taskId, other] = [rig.fake.add(), rig.fake.add()];
    const path = rig.path(taskId, LIVE);
    expect(await sendLog(rig.url + path).end()).toMatchObject({ status: 403 });
    const foreign = rig.sign(other, 'PUT', path);
    expect(await sendLog(rig.url + path, { authorization: foreign }).end()).toMatchObject({ status: 403 });
    const authorization = rig.sign(taskId, 'PUT', path);
    expect(await sendLog(rig.url + path, { authorization }).end()).toMatchObject({ status: 200 });
    expect((await post(`${rig.url}${path}/end`)).status).toBe(403);
    const ending = rig.sign(taskId, 'POST', `${path}/end`);
    expect((await post(`${rig.url}${path}/end`, { authorization: ending })).status).toBe(200);
    expect((await ask(rig.url, path)).status).toBe(200);
  });

  it('what is not public is read with a scope, or an address that is signed with one', async () => {
    await using rig = await openOwnRig({ mode: 'closed' });
    const taskId = rig.fake.add();
    await rig.logs.append(logNameOf({ taskId, runId: 0, name: 'private/a.log' }), 0, Buffer.from('secret'));
    const path = `${rig.path(taskId, 'log/private%2Fa.log')}?follow=false`;
    expect((await ask(rig.url, path)).status).toBe(403);
    const short = rig.sign(taskId, 'GET', path, ['queue:get-artifact:private/a.lo']);
    expect((await ask(rig.url, path, { headers: { authorization: short } })).status).toBe(403);
    const scopes = ['queue:get-artifact:private/*'];
    const authorization = rig.sign(taskId, 'GET', path, scopes);
    expect((await ask(rig.url, path, { headers: { authorization } })).text).toBe('secret');
    expect(await (await fetch(rig.signed(taskId, path, scopes))).text()).toBe('secret');
    const changed = rig.signed(taskId, path, scopes).replace('follow=false', 'follow=true');
    expect((await fetch(changed)).status).toBe(401);
  });
});

describe.concurrent('a log whose run has ended', () => {
  it('ends where somebody else has ended the run, for readers and for a writer that is silent', async () => {
    await using rig = await openOwnRig();
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const sending = sendLog(url);
    sending.write('so far');
    const reader = await readLog(url);
    await reader.has('so far');
    rig.fake.become(taskId, 'exception');
    await Promise.all([reader.done, sending.cut]);
    expect(reader.text).toBe('so far');
  });

  it('has its last words for who waited for its first ones', async () => {
    await using rig = await openOwnRig({ graceMs: 60_000 });
    const taskId = rig.fake.add();
    const url = rig.url + rig.path(taskId, LIVE);
    const reading = readLog(url);
    expect((await ask(rig.url, `${rig.path(taskId, LIVE)}?follow=false`)).status).toBe(404);
    const sending = sendLog(url);
    await vi.waitFor(
      async () => expect(await rig.logs.size(logNameOf({ taskId, runId: 0, name: NAME }))).toBeDefined(),
      PATIENT,
    );
    rig.fake.become(taskId, 'exception');
    const reader = await reading;
    sending.write('last words');
    await reader.has('last words');
    reader.leave();
    await Promise.allSettled([reader.done, sending.end()]);
  });

  it.each(['s3', 'object'] as const)(
    'leads to the artifact of the type %s that has taken its place, when nobody reads it any more',
    async (storageType) => {
      await using rig = await openOwnRig();
      const taskId = rig.fake.add();
      const log = { taskId, runId: 0, name: NAME };
      const url = rig.url + rig.path(taskId, LIVE);
      const sending = sendLog(url);
      sending.write('all of it');
      await sending.end();
      const reader = await readLog(url);
      await reader.has('all of it');
      const stored = rig.fake.put({ taskId, name: 'public/logs/live_backing.log', storageType });
      rig.fake.put({ taskId, name: NAME, storageType: 'link', details: { artifact: stored.name } });
      await post(`${url}/end`);
      rig.fake.become(taskId, 'completed');
      await reader.done;
      await vi.waitFor(async () => expect(await rig.logs.size(logNameOf(log))).toBeUndefined(), PATIENT);
      const led = await ask(rig.url, rig.path(taskId, LIVE));
      expect(led.status).toBe(303);
      expect(led.headers.location).toBe(
        `${rig.url}${rig.path(taskId, `content/${encodeURIComponent('public/logs/live_backing.log')}`)}`,
      );
    },
  );

  it('is looked at again after a restart, and goes with its task, or after some days', async () => {
    await using rig = await openOwnRig();
    const [going, gone, old] = [rig.fake.add(), rig.fake.add(), rig.fake.add()];
    const nameOf = (taskId: string): string => logNameOf({ taskId, runId: 0, name: NAME });
    for (const taskId of [going, gone, old]) await rig.logs.append(nameOf(taskId), 0, Buffer.from('x'));
    rig.fake.forget(gone);
    rig.fake.become(old, 'failed');
    await rig.keeper.sweep();
    expect(await rig.logs.size(nameOf(gone))).toBeUndefined();
    expect(await rig.logs.size(nameOf(old))).toEqual({ sizeBytes: 1, hasEnded: true });
    expect(await rig.logs.size(nameOf(going))).toEqual({ sizeBytes: 1, hasEnded: false });
    rig.fake.become(going, 'failed');
    await vi.waitFor(
      async () => expect(await rig.logs.size(nameOf(going))).toMatchObject({ hasEnded: true }),
      PATIENT,
    );
    rig.clock.now += 8 * 24 * 60 * 60_000;
    await rig.keeper.sweep();
    expect(await rig.logs.size(nameOf(old))).toBeUndefined();
  });
});
