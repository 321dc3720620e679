import { describe, expect, it } from 'vitest';
import { readTar } from '../../archive/index.ts';
import type { ObjectName } from '../ostree/object-name.ts';
import { endOfTar, memberHeaders, paddingAfter, RECORD } from './tar-member.ts';

const NAME: ObjectName = { id: 'ab'.repeat(32), kind: 'filez' };

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

describe('the members of a tar', () => {
  it('are read by another reader as they were written', async () => {
    const headers = memberHeaders(1_500_000_000);
    const tar = Buffer.alloc(RECORD);
    const at = headers.write(tar, 0, NAME, 3);
    tar.write('abc', at);
    const entries = [];
    for await (const entry of readTar(once(tar))) {
      const chunks = [];
      for await (const chunk of entry.content()) chunks.push(Buffer.from(chunk));
      entries.push({ ...entry, content: Buffer.concat(chunks).toString() });
    }
    expect(entries).toMatchObject([{ path: `${NAME.id}.filez`, kind: 'file', content: 'abc' }]);
  });

  it('say the size of an object beyond 8 GiB in a record of its own', () => {
    const headers = memberHeaders(0);
    const sizeBytes = 8 * 1024 ** 3;
    expect(headers.lengthOf(sizeBytes - 1)).toBe(512);
    expect(headers.lengthOf(sizeBytes)).toBe(1536);
    const tar = Buffer.alloc(2048, 0xff);
    expect(headers.write(tar, 0, NAME, sizeBytes)).toBe(1536);
    expect(tar.toString('latin1', 512, 532)).toBe('19 size=8589934592\n\0');
    expect(tar.toString('latin1', 156, 157) + tar.toString('latin1', 1024 + 156, 1024 + 157)).toBe('x0');
  });

  it('end at a record, with two empty blocks at least', () => {
    for (const blocks of [0, 1, 17, 18, 19, 20, 21]) {
      const end = endOfTar(blocks * 512);
      expect((blocks * 512 + end) % RECORD).toBe(0);
      expect(end).toBeGreaterThanOrEqual(1024);
      expect(end).toBeLessThan(1024 + RECORD);
    }
    expect([0, 1, 511, 512, 513].map(paddingAfter)).toEqual([0, 511, 1, 0, 511]);
  });
});
