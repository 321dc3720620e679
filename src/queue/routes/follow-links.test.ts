import { expect, it } from 'vitest';
import type { ArtifactRecord, Queue } from '../queue.ts';
import { followLinks } from './follow-links.ts';

const NOW = Date.UTC(2026, 0, 1);

/** A queue that has these artifacts and nothing else; a value in the place of a record is the name that a link leads to. */
function queueOf(artifacts: Readonly<Record<string, string | Partial<ArtifactRecord>>>): Queue {
  const recordOf = (name: string): ArtifactRecord | undefined => {
    const found = artifacts[name];
    if (found === undefined) return undefined;
    const record = { taskId: 't', runId: 3, name, contentType: 'a/b', expires: NOW + 1, present: true };
    return typeof found === 'string'
      ? { ...record, storageType: 'link', details: { artifact: found } }
      : { ...record, storageType: 's3', details: {}, ...found };
  };
  // Nothing else of it is asked for.
  return {
    artifact: async (_task: string, _run: number, name: string) => recordOf(name),
  } as unknown as Queue;
}

const follow = (queue: Queue, name: string, mayRead: (names: readonly string[]) => void = () => undefined) =>
  followLinks(queue, { taskId: 't', runId: undefined, name, now: NOW }, mayRead);

it('leads over all links to what they stand for', async () => {
  const queue = queueOf({ a: 'b', b: 'c', c: {} });
  expect(await follow(queue, 'a')).toMatchObject({ name: 'c', storageType: 's3' });
});

it('asks for the right to each name before it is looked for', async () => {
  const asked: string[] = [];
  const queue = queueOf({ a: 'b', b: 'private' });
  const reading = follow(queue, 'a', (names) => {
    asked.push(names.join(' '));
    if (names.includes('private')) throw new Error('not that');
  });
  await expect(reading).rejects.toThrow('not that');
  expect(asked).toEqual(['a', 'a b', 'a b private']);
});

it('gives nothing that has expired', async () => {
  await expect(follow(queueOf({ a: { expires: NOW } }), 'a')).rejects.toMatchObject({
    code: 'ResourceExpired',
  });
  expect(await follow(queueOf({ a: { expires: NOW + 1 } }), 'a')).toMatchObject({ name: 'a' });
});

it.each([
  ['itself', { a: 'a' }, 'InputError', 'a → a'],
  ['a circle', { a: 'b', b: 'c', c: 'b' }, 'InputError', 'a → b → c → b'],
  ['nothing', { a: 'b' }, 'ResourceNotFound', 'artifact b of run 3'],
  ['what has expired', { a: 'b', b: { expires: NOW } }, 'ResourceExpired', '2026-01-01T00:00:00.000Z'],
])('refuses a link to %s', async (_what, artifacts, code, text) => {
  await expect(follow(queueOf(artifacts), 'a')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(text),
  });
});

it('gives up after many links', async () => {
  const chain = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`a${i}`, `a${i + 1}`]));
  await expect(follow(queueOf(chain), 'a0')).rejects.toMatchObject({ code: 'InputError' });
});
