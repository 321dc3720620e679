import { describe, expect, it } from 'vitest';
import type { PruneOptions } from '../../engine.ts';
import { openHostileEngine } from '../testing/hostile-engine.ts';

const own = (ID: string, more: object = {}) => ({
  ID,
  Description: 'mount / from exec /bin/sh /dev/own/script',
  Size: 10,
  LastUsedAt: '2026-01-01T00:00:00Z',
  ...more,
});

/** The patterns that an engine with this list is asked to remove. */
async function removedOf(list: object, options: Partial<PruneOptions> = {}): Promise<string[]> {
  const removed: string[] = [];
  const { engine } = await openHostileEngine(({ line, socket }) => {
    const filters = /^POST \/build\/prune\?all=1&filters=(\S+)/.exec(line)?.[1];
    if (filters !== undefined) removed.push(...JSON.parse(decodeURIComponent(filters)).id);
    const body = line.startsWith('GET /system/df') ? JSON.stringify(list) : '{"SpaceReclaimed":5}';
    const head = `server: Docker/29.0.0 (linux)\r\ncontent-length: ${Buffer.byteLength(body)}`;
    socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${body}`);
  });
  const bytes = await engine.pruneBuildCache({ describedBy: '/dev/own/', ...options });
  expect(bytes).toBe(removed.length * 5);
  return removed;
}

describe('what of the build cache is removed', () => {
  it('is what is described so, and neither in use nor in an image', async () => {
    const BuildCache = [
      own('aaaaaaaa1'),
      own('aaaaaaaa2', { InUse: true }),
      own('aaaaaaaa3', { Shared: true }),
      own('aaaaaaaa4', { Description: 'mount / from exec /bin/sh -c make' }),
      own('aaaaaaaa5', { Description: undefined }),
    ];
    expect(await removedOf({ BuildCache })).toEqual(['^(aaaaaaaa1)$']);
  });

  it('is the longest unused beyond the limit, also of what was never used', async () => {
    const BuildCache = [
      own('aaaaaaaa1', { LastUsedAt: null, CreatedAt: '2025-01-01T00:00:00Z' }),
      own('aaaaaaaa2', { LastUsedAt: '2026-02-01T00:00:00Z' }),
      own('aaaaaaaa3'),
    ];
    expect(await removedOf({ BuildCache }, { keepBytes: 20 })).toEqual(['^(aaaaaaaa1)$']);
  });

  it('is found where newer engines list it', async () => {
    const BuildCacheUsage = { TotalCount: 1, Items: [own('aaaaaaaa1')] };
    expect(await removedOf({ BuildCacheUsage })).toEqual(['^(aaaaaaaa1)$']);
    expect(await removedOf({})).toEqual([]);
  });

  it('is asked for in requests of a bounded length', async () => {
    const BuildCache = Array.from({ length: 250 }, (_, index) => own(`aaaaaaaa${index}`));
    const asked = await removedOf({ BuildCache });
    expect(asked.map((pattern) => pattern.split('|').length)).toEqual([100, 100, 50]);
  });

  it('is nothing whose id would mean more than itself in a pattern', async () => {
    const ids = ['.*.*.*.*.*', 'aaaaaaaa|b', '', 'aaaaaaaa)|(b'];
    expect(await removedOf({ BuildCache: ids.map((id) => own(id)) })).toEqual([]);
  });
});
