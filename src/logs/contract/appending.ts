import { describe, expect, it } from 'vitest';
import { bytes, contentOf, type LogContractOptions, NAME } from './rig.ts';

const NO_NAMES = [
  '',
  '/etc/passwd',
  '../out',
  'a/../../out',
  'a//b',
  'a/./b',
  'a/',
  'a\0b',
  'a\nb',
  'x'.repeat(241),
  `${'long/'.repeat(180)}x`,
  'a.log/b',
  '\ud800',
];

export function describeAppending({ open }: LogContractOptions): void {
  describe('appending', () => {
    it('puts one piece behind the other', async () => {
      await using place = await open({});
      expect(await place.logs.append(NAME, 0, bytes('one\n'))).toEqual({ sizeBytes: 4 });
      expect(await place.logs.append(NAME, 4, bytes('two\n'))).toEqual({ sizeBytes: 8 });
      expect(await contentOf(place.logs)).toBe('one\ntwo\n');
      expect(await place.logs.size(NAME)).toEqual({ sizeBytes: 8, hasEnded: false });
    });

    it('skips what is there already', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('abcdef'));
      expect(await place.logs.append(NAME, 0, bytes('abc'))).toEqual({ sizeBytes: 6 });
      expect(await place.logs.append(NAME, 3, bytes('defghi'))).toEqual({ sizeBytes: 9 });
      expect(await contentOf(place.logs)).toBe('abcdefghi');
    });

    it('refuses what would leave a gap, and keeps nothing of it', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('abc'));
      await expect(place.logs.append(NAME, 4, bytes('e'))).rejects.toMatchObject({
        name: 'LogError',
        code: 'GAP',
        message: expect.stringContaining('has 3 bytes'),
      });
      expect(await contentOf(place.logs)).toBe('abc');
      await expect(place.logs.append('other', 1, bytes('b'))).rejects.toMatchObject({ code: 'GAP' });
      expect(await place.logs.size('other')).toBeUndefined();
    });

    it('keeps the order of pieces that come before the ones before them are written', async () => {
      await using place = await open({});
      const pieces = Array.from({ length: 200 }, (_, i) => `line ${i}\n`);
      let offset = 0;
      await Promise.all(
        pieces.map((piece) => {
          const at = offset;
          offset += piece.length;
          return place.logs.append(NAME, at, bytes(piece));
        }),
      );
      expect(await contentOf(place.logs)).toBe(pieces.join(''));
    });

    it('takes a copy of what is appended', async () => {
      await using place = await open({});
      const memory = Buffer.from('first');
      await place.logs.append(NAME, 0, memory);
      memory.fill('x');
      await place.logs.append(NAME, 5, Buffer.from('second'));
      expect(await contentOf(place.logs)).toBe('firstsecond');
    });

    it('takes a piece that is larger than any chunk, with every byte that there is', async () => {
      await using place = await open({});
      const large = Buffer.alloc(
        1_000_000,
        Uint8Array.from({ length: 256 }, (_, i) => i),
      );
      await place.logs.append(NAME, 0, large);
      await place.logs.append(NAME, large.length, bytes('end'));
      const found: Uint8Array[] = [];
      const reading = place.logs.read(NAME, { follow: false, signal: new AbortController().signal });
      for await (const chunk of reading) found.push(Buffer.from(chunk));
      expect(Buffer.concat(found).equals(Buffer.concat([large, bytes('end')]))).toBe(true);
    });

    it('takes no more than the limit, and nothing of a piece that goes beyond it', async () => {
      await using place = await open({ limitBytes: 10 });
      await place.logs.append(NAME, 0, bytes('12345678'));
      const tooMuch = place.logs.append(NAME, 8, bytes('9ab'));
      await expect(tooMuch).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect(await place.logs.append(NAME, 8, bytes('9a'))).toEqual({ sizeBytes: 10 });
      await expect(place.logs.append(NAME, 10, bytes('b'))).rejects.toMatchObject({ code: 'TOO_LARGE' });
      expect(await place.logs.append(NAME, 2, bytes('345'))).toEqual({ sizeBytes: 10 });
      expect(await contentOf(place.logs)).toBe('123456789a');
    });

    it('begins an empty log with no bytes', async () => {
      await using place = await open({});
      expect(await place.logs.append(NAME, 0, bytes(''))).toEqual({ sizeBytes: 0 });
      expect(await place.logs.size(NAME)).toEqual({ sizeBytes: 0, hasEnded: false });
      expect(await contentOf(place.logs)).toBe('');
    });

    it('keeps logs apart whose names begin alike', async () => {
      await using place = await open({});
      const names = ['a', 'a/b', 'a/b/c', 'a.log', 'a.ended', 'A', 'ä', 'a b'];
      await Promise.all(names.map((name) => place.logs.append(name, 0, bytes(name))));
      for (const name of names) expect(await contentOf(place.logs, name)).toBe(name);
    });

    it('takes for no name what could lead elsewhere, or nowhere', async () => {
      await using place = await open({});
      for (const name of NO_NAMES) {
        const expected = { code: 'INVALID_NAME' };
        await expect(place.logs.append(name, 0, bytes('x')), name).rejects.toMatchObject(expected);
        await expect(place.logs.end(name), name).rejects.toMatchObject(expected);
        await expect(place.logs.size(name), name).rejects.toMatchObject(expected);
        await expect(place.logs.remove(name), name).rejects.toMatchObject(expected);
        await expect(contentOf(place.logs, name), name).rejects.toMatchObject(expected);
      }
    });
  });
}
