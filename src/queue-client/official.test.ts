import { createHash } from 'node:crypto';
import older from 'taskcluster-client-55';
import newer from 'taskcluster-client-87';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTemporaryCredentials } from '../auth/index.ts';
import { openQueueClient } from './open-queue-client.ts';
import type { QueueClient } from './queue-client.ts';
import {
  json,
  type QueueServer,
  type Received,
  ROOT,
  startQueueServer,
  TASK,
  TASK_ID,
} from './testing/queue-server.ts';

const credentials = createTemporaryCredentials({
  issuer: ROOT,
  clientId: 'job/1',
  scopes: ['queue:*', 'index:*', 'purge-cache:*', 'auth:*'],
  start: Date.now(),
  expiry: Date.now() + 3_600_000,
});
const ARTIFACT = {
  storageType: 'reference',
  expires: TASK.expires,
  contentType: 'a/b',
  url: 'https://x',
} as const;
const SINCE = 1_700_000_000_000;

let server: QueueServer;
let client: QueueClient;
beforeAll(async () => {
  server = await startQueueServer();
  client = openQueueClient({ rootUrl: server.rootUrl, credentials: () => credentials, retries: 0 });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  server.answer(json({}));
  server.received.length = 0;
});

/** What of a request a server sees, but for what is another one each time. */
function facts({ method, url, headers, body, caller }: Received) {
  const fields = [...String(headers.authorization).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) =>
    name === 'ext' ? `ext ${createHash('sha1').update(String(value)).digest('hex')}` : name,
  );
  const { 'content-type': type, 'content-length': length } = headers;
  return { method, url, body, caller, fields, type, length: length === '0' ? undefined : length };
}

describe.each([
  ['55', older],
  ['87', newer],
])('beside the official client %s', (_version, { Queue, Index, PurgeCache, Auth }) => {
  it('sends the same requests', async () => {
    const options = { rootUrl: server.rootUrl, credentials, retries: 0 };
    const queue = new Queue(options);
    const index = new Index(options);
    const purge = new PurgeCache(options);
    const auth = new Auth(options);
    const worker = { workerGroup: 'g', workerId: 'i', tasks: 2 };
    const pairs: readonly [() => Promise<unknown> | undefined, () => Promise<unknown>][] = [
      [() => queue['createTask']?.(TASK_ID, TASK), () => client.createTask(TASK_ID, TASK)],
      [() => queue['status']?.(TASK_ID), () => client.status(TASK_ID)],
      [() => queue['claimWork']?.('p/w', worker), () => client.claimWork('p/w', worker)],
      [() => queue['reclaimTask']?.(TASK_ID, 0), () => client.reclaimTask(TASK_ID, 0)],
      [() => queue['reportCompleted']?.(TASK_ID, 1), () => client.reportCompleted(TASK_ID, 1)],
      [
        () => queue['reportException']?.(TASK_ID, 1, { reason: 'worker-shutdown' }),
        () => client.reportException(TASK_ID, 1, 'worker-shutdown'),
      ],
      [
        () => queue['createArtifact']?.(TASK_ID, 0, 'public/a b/ü.txt', ARTIFACT),
        () => client.createArtifact(TASK_ID, 0, 'public/a b/ü.txt', ARTIFACT),
      ],
      [
        () => queue['finishArtifact']?.(TASK_ID, 0, 'public/!()*~', { uploadId: 'u' }),
        () => client.finishArtifact(TASK_ID, 0, 'public/!()*~', 'u'),
      ],
      [
        () => queue['latestArtifact']?.(TASK_ID, 'a/b'),
        () => client.artifactContent(TASK_ID, undefined, 'a/b'),
      ],
      [() => queue['listArtifacts']?.(TASK_ID, 0), () => client.listArtifacts(TASK_ID, 0)],
      [() => index.findTask('a.b.c'), () => client.findTask('a.b.c')],
      [
        () => purge.purgeRequests('p/w', { since: new Date(SINCE).toISOString() }),
        () => client.purgeRequests('p/w', SINCE),
      ],
      [() => auth.expandScopes({ scopes: ['a', 'b*'] }), () => client.expandScopes(['a', 'b*'])],
    ];
    for (const [official, ours] of pairs) {
      server.received.length = 0;
      await official();
      await ours().catch(() => {}); // it answers with nothing that fits
      const [theirs, mine] = server.received.map(facts);
      expect(mine).toEqual(theirs);
      expect(mine?.caller.clientId).toBe('job/1');
    }
  });

  it('signs the same URLs', async () => {
    const queue = new Queue({ rootUrl: server.rootUrl, credentials });
    const getLatestArtifact = queue['getLatestArtifact'];
    if (getLatestArtifact === undefined) throw new Error('the official client has no getLatestArtifact');
    const theirs = new URL(queue.buildSignedUrl(getLatestArtifact, TASK_ID, 'private/x.txt'));
    const ours = new URL(client.signUrl(queue.buildUrl(getLatestArtifact, TASK_ID, 'private/x.txt')));
    const parts = (url: URL): readonly string[] =>
      Buffer.from(url.searchParams.get('bewit') ?? '', 'base64url')
        .toString('latin1')
        .split('\\');
    expect(ours.href.split('?')[0]).toBe(theirs.href.split('?')[0]);
    for (const at of [0, 3]) expect(parts(ours)[at]).toBe(parts(theirs)[at]);
    for (const url of [theirs, ours]) await fetch(url);
    expect(server.received.map(({ caller }) => caller.clientId)).toEqual(['job/1', 'job/1']);
  });
});
