import older from 'taskcluster-client-55';
import newer from 'taskcluster-client-87';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../test/support/postgres.ts';
import { type Client, createTemporaryCredentials } from '../../auth/index.ts';
import { newTaskId } from '../../queue-api/index.ts';
import { type ServedQueue, serveQueue } from '../testing/serve-queue.ts';

const ROOT: Client = { clientId: 'root', accessToken: 'the-token-of-root-0123', scopes: ['*'] };
const HOUR = 3_600_000;
const later = (ms = HOUR): string => new Date(Date.now() + ms).toISOString();

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => await postgres[Symbol.asyncDispose]());

describe.each(['sqlite', 'postgres'] as const)('with %s', (kind) => {
  let served: ServedQueue;
  beforeAll(async () => {
    const database = kind === 'postgres' ? { type: kind, url: postgres.createDatabase() } : undefined;
    served = await serveQueue({ clients: [ROOT], ...(database !== undefined && { database }) });
  });
  afterAll(async () => {
    expect(served.errors).toEqual([]);
    await served[Symbol.asyncDispose]();
  });

  const options = (scopes?: readonly string[]) => ({
    rootUrl: served.url,
    retries: 0,
    credentials: scopes === undefined ? ROOT : limited(scopes),
  });
  const limited = (scopes: readonly string[]) =>
    createTemporaryCredentials({
      issuer: ROOT,
      clientId: 'limited',
      scopes,
      start: Date.now(),
      expiry: Date.now() + HOUR,
    });
  const entry = (more: object = {}) => ({
    taskId: newTaskId(),
    rank: 1,
    data: { a: [1] },
    expires: later(),
    ...more,
  });

  describe.each([
    ['55', older],
    ['87', newer],
  ])('the index, by the official client %s', (version, { Index }) => {
    const at = (path: string): string => `v${version}.${path}`;

    it('keeps a task at a path until one of the same or a higher rank comes', async () => {
      const index = new Index(options());
      const [first, second, lower] = [entry(), entry(), entry({ rank: 0.5 })];
      expect(await index.insertTask(at('a.b'), first)).toEqual({ namespace: at('a.b'), ...first });
      expect(await index.insertTask(at('a.b'), second)).toEqual({ namespace: at('a.b'), ...second });
      expect(await index.insertTask(at('a.b'), lower)).toEqual({ namespace: at('a.b'), ...second });
      expect(await index.findTask(at('a.b'))).toEqual({ namespace: at('a.b'), ...second });
    });

    it('gives a task that was inserted again by who had no answer', async () => {
      const index = new Index(options());
      const task = entry({ expires: '2100-01-01T00:00:00+01:00' });
      const once = await index.insertTask(at('again'), task);
      expect(await index.insertTask(at('again'), task)).toEqual(once);
      expect(once['expires']).toBe('2099-12-31T23:00:00.000Z');
    });

    it('lists what is immediately in a namespace, by pages', async () => {
      const index = new Index(options());
      for (const path of ['l.x', 'l.y', 'l.z', 'l.x.deep', 'l.n.o.p'])
        await index.insertTask(at(path), entry());
      const page = await index.listTasks(at('l'), { limit: '2' });
      const rest = await index.listTasks(at('l'), { continuationToken: page['continuationToken'] });
      const names = (answer: typeof page, list: string): unknown[] =>
        (answer[list] as readonly { namespace: string }[]).map(({ namespace }) => namespace);
      expect([...names(page, 'tasks'), ...names(rest, 'tasks')]).toEqual(['l.x', 'l.y', 'l.z'].map(at));
      expect(rest['continuationToken']).toBeUndefined();
      expect(names(await index.listNamespaces(at('l')), 'namespaces')).toEqual([at('l.n'), at('l.x')]);
      expect(names(await index.listNamespaces(''), 'namespaces')).toContain(`v${version}`);
      await index.insertTask(`top-${version}`, entry());
      expect(names(await index.listTasks(''), 'tasks')).toContain(`top-${version}`);
    });

    it('forgets a task that is taken out of it, also when that is said again', async () => {
      const index = new Index(options());
      await index.insertTask(at('gone'), entry());
      for (let time = 0; time < 2; time += 1) expect(await index.deleteTask(at('gone'))).toEqual({});
      await expect(index.findTask(at('gone'))).rejects.toMatchObject({
        statusCode: 404,
        code: 'ResourceNotFound',
      });
    });

    it('leads to artifacts, private ones by a signed URL', async () => {
      const task = entry();
      await new Index(options()).insertTask(at('art'), task);
      const index = new Index(options(['queue:get-artifact:private/*']));
      const shown = await index.findArtifactFromTask(at('art'), 'public/a b');
      expect(shown).toEqual({
        url: `${served.url}/api/queue/v1/task/${String(task.taskId)}/artifacts/public%2Fa%20b`,
      });
      const { url } = await index.findArtifactFromTask(at('art'), 'private/x');
      // There is no such task; who signed it was let through all the same, and for nothing else.
      expect(await (await fetch(String(url))).json()).toMatchObject({ code: 'ResourceNotFound' });
      expect((await fetch(String(url).replace('private', 'secret'))).status).toBe(401);
      await expect(index.findArtifactFromTask(at('art'), 'secret/x')).rejects.toMatchObject({
        statusCode: 403,
      });
    });

    it.each(['a..b', '.a', 'a.', 'a b', 'a/b', '', 'ü', 'x'.repeat(256)])(
      'refuses the path "%s"',
      async (path) => {
        await expect(new Index(options()).insertTask(path, entry())).rejects.toMatchObject({
          statusCode: 400,
        });
      },
    );

    it.each([
      ['rank', '1'],
      ['rank', null],
      ['taskId', 'x'],
      ['data', []],
      ['data', { a: 'x'.repeat(33_000) }],
      ['expires', 'soon'],
      ['expires', '2000-01-01T00:00:00.000Z'],
      ['more', 1],
    ])('refuses an entry with another %s', async (field, value) => {
      const wrong = entry({ [field]: value });
      await expect(new Index(options()).insertTask(at('wrong'), wrong)).rejects.toMatchObject({
        statusCode: 400,
      });
    });
  });

  it('many tasks are found by their paths at once', async () => {
    const index = new newer.Index(options());
    const [a, b] = [entry(), entry()];
    await index.insertTask('many.a', a);
    await index.insertTask('many.b', b);
    const { tasks } = await index.findTasksAtIndex({ indexes: ['many.b', 'many.none', 'many.a'] });
    expect((tasks as readonly { taskId: string }[]).map(({ taskId }) => taskId)).toEqual([
      b.taskId,
      a.taskId,
    ]);
    const some = new newer.Index(options(['index:find-task:many.a']));
    await expect(some.findTasksAtIndex({ indexes: ['many.a', 'many.b'] })).rejects.toMatchObject({
      statusCode: 403,
    });
  });

  it('the index takes scopes to the character', async () => {
    const index = new newer.Index(options(['index:insert-task:mine.*', 'index:find-task:mine.a']));
    expect(await index.insertTask('mine.a', entry())).toMatchObject({ namespace: 'mine.a' });
    expect(await index.findTask('mine.a')).toMatchObject({ namespace: 'mine.a' });
    for (const call of [
      () => index.insertTask('mine', entry()),
      () => index.insertTask('min.a', entry()),
      () => index.findTask('mine.b'),
      () => index.deleteTask('mine.a'),
      () => index.listTasks('mine'),
      () => index.listNamespaces('mine'),
    ])
      await expect(call()).rejects.toMatchObject({ statusCode: 403, code: 'InsufficientScopes' });
  });

  it('a task that ends well is indexed before its worker has an answer, and one that fails is not', async () => {
    const queue = new newer.Queue(options());
    const index = new newer.Index(options());
    const worker = { workerGroup: 'g', workerId: 'i', tasks: 1 };
    const run = async (end: 'reportCompleted' | 'reportFailed', more: object) => {
      const taskId = newTaskId();
      await queue['createTask']?.(taskId, {
        taskQueueId: 'p/indexed',
        created: new Date().toISOString(),
        deadline: later(),
        payload: {},
        metadata: { name: 'n', description: 'd', owner: 'o', source: 'https://example.org' },
        ...more,
      });
      await queue['claimWork']?.('p/indexed', worker);
      await queue[end]?.(taskId, 0);
      return taskId;
    };
    const routes = ['index.done.a', 'index.done.b', 'index..', 'other.done.c', 'index'];
    const taskId = await run('reportCompleted', { routes, extra: { index: { rank: 7, data: { x: 1 } } } });
    for (const path of ['done.a', 'done.b'])
      expect(await index.findTask(path)).toMatchObject({ taskId, rank: 7, data: { x: 1 } });
    await expect(index.findTask('done.c')).rejects.toMatchObject({ statusCode: 404 });
    await run('reportFailed', { routes: ['index.done.failed'] });
    await run('reportCompleted', { routes: ['index.done.odd'], extra: { index: 'no object' } });
    for (const path of ['done.failed', 'done.odd'])
      await expect(index.findTask(path)).rejects.toMatchObject({ statusCode: 404 });
    // A worker that had no answer says it again.
    await queue['reportCompleted']?.(taskId, 0);
    expect(await index.findTask('done.a')).toMatchObject({ taskId });
  });

  describe.each([
    ['55', older],
    ['87', newer],
  ])('the purge cache, by the official client %s', (version, { PurgeCache }) => {
    const pool = `p/w${version}`;

    it('says which caches were asked to be purged since a moment', async () => {
      const purge = new PurgeCache(options());
      const start = Date.now();
      expect(await purge.purgeRequests(pool)).toEqual({ requests: [] });
      for (const cacheName of ['b', 'a', 'b']) await purge.purgeCache(pool, { cacheName });
      const { requests } = await purge.purgeRequests(pool, { since: new Date(start).toISOString() });
      const found = requests as readonly { cacheName: string; before: string }[];
      expect(found.map(({ cacheName }) => cacheName)).toEqual(['a', 'b']);
      expect(found[0]).toMatchObject({ provisionerId: 'p', workerType: `w${version}` });
      for (const { before } of found) expect(Date.parse(before)).toBeGreaterThanOrEqual(start);
      expect(await purge.purgeRequests(pool, { since: later() })).toEqual({ requests: [] });
      expect(await purge.purgeRequests('p/other')).toEqual({ requests: [] });
      const all = await purge.allPurgeRequests({ limit: '1' });
      expect(all['requests']).toHaveLength(1);
      const more = await purge.allPurgeRequests({ continuationToken: all['continuationToken'] });
      expect(more['requests']).not.toEqual([]);
    });

    it('refuses what is no moment, no name and no pool', async () => {
      const purge = new PurgeCache(options());
      await expect(purge.purgeRequests(pool, { since: 'soon' })).rejects.toMatchObject({ statusCode: 400 });
      await expect(purge.purgeCache(pool, { cacheName: 'a\nb' })).rejects.toMatchObject({ statusCode: 400 });
      await expect(purge.purgeCache('p', { cacheName: 'a' })).rejects.toMatchObject({ statusCode: 400 });
    });

    it('takes scopes to the character', async () => {
      const purge = new PurgeCache(
        options([`purge-cache:${pool}:one`, `purge-cache:purge-requests::${pool}`]),
      );
      await purge.purgeCache(pool, { cacheName: 'one' });
      expect(await purge.purgeRequests(pool)).toBeDefined();
      for (const call of [
        () => purge.purgeCache(pool, { cacheName: 'on' }),
        () => purge.purgeRequests('p/w'),
        () => purge.allPurgeRequests(),
      ])
        await expect(call()).rejects.toMatchObject({ statusCode: 403 });
    });
  });
});

describe.each([
  ['55', older],
  ['87', newer],
])('scopes, by the official client %s', (_version, { Auth, Index, PurgeCache }) => {
  it('are expanded to themselves, without what others cover', async () => {
    await using served = await serveQueue();
    const auth = new Auth({ rootUrl: served.url, retries: 0 });
    const scopes = ['b', 'a:x', 'a:*', 'b', 'assume:role'];
    expect(await auth.expandScopes({ scopes })).toEqual({ scopes: ['a:*', 'assume:role', 'b'] });
    expect(await auth.currentScopes()).toEqual({ scopes: ['*'] });
    await expect(auth.expandScopes({ scopes: ['a\nb'] })).rejects.toMatchObject({ statusCode: 400 });
    for (const Service of [Auth, Index, PurgeCache])
      expect(await new Service({ rootUrl: served.url, retries: 0 }).ping()).toMatchObject({ alive: true });
  });

  it('are those of the credentials, and of nobody without scopes to ask', async () => {
    await using served = await serveQueue({ clients: [ROOT] });
    const auth = new Auth({ rootUrl: served.url, retries: 0, credentials: ROOT });
    const some = auth.use({ authorizedScopes: ['auth:current-scopes', 'x'] });
    expect(await some.currentScopes()).toEqual({
      scopes: ['auth:current-scopes', 'queue:get-artifact:public/*', 'x'],
    });
    await expect(some.expandScopes({ scopes: [] })).rejects.toMatchObject({ statusCode: 403 });
    const nobody = new Auth({ rootUrl: served.url, retries: 0 });
    await expect(nobody.currentScopes()).rejects.toMatchObject({ statusCode: 403 });
  });
});
