import { describe, expect, it } from 'vitest';
import type { ListedLog } from '../log-store.ts';
import { bytes, contentOf, followLog, type LogContractOptions, NAME } from './rig.ts';

export function describeEnding({ open }: LogContractOptions): void {
  describe('ending', () => {
    it('takes nothing more, and may be repeated', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('all'));
      await place.logs.end(NAME);
      await place.logs.end(NAME);
      await expect(place.logs.append(NAME, 3, bytes('more'))).rejects.toMatchObject({ code: 'ENDED' });
      expect(await place.logs.size(NAME)).toEqual({ sizeBytes: 3, hasEnded: true });
      expect(await contentOf(place.logs)).toBe('all');
    });

    it('comes after all that was appended before', async () => {
      await using place = await open({});
      const appended = [place.logs.append(NAME, 0, bytes('a')), place.logs.append(NAME, 1, bytes('b'))];
      await Promise.all([...appended, place.logs.end(NAME)]);
      expect(await contentOf(place.logs)).toBe('ab');
    });

    it('makes an empty log where there was none', async () => {
      await using place = await open({});
      const follower = followLog(place.logs, { awaited: true });
      await place.logs.end(NAME);
      await follower.done;
      expect(follower.text).toBe('');
      expect(await place.logs.size(NAME)).toEqual({ sizeBytes: 0, hasEnded: true });
    });
  });

  describe('a log that a killed process wrote', () => {
    it('is there with all that was appended, and goes on', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('before '));
      const logs = await place.reopen();
      expect(await logs.size(NAME)).toEqual({ sizeBytes: 7, hasEnded: false });
      const follower = followLog(logs);
      await logs.append(NAME, 0, bytes('before after'));
      await follower.has('before after');
      await logs.end(NAME);
      await follower.done;
    });

    it('has ended, where it had', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('all'));
      await place.logs.end(NAME);
      const logs = await place.reopen();
      expect(await logs.size(NAME)).toEqual({ sizeBytes: 3, hasEnded: true });
      await expect(logs.append(NAME, 3, bytes('x'))).rejects.toMatchObject({ code: 'ENDED' });
      const follower = followLog(logs);
      await follower.done;
      expect(follower.text).toBe('all');
    });
  });

  describe('removing', () => {
    it('leaves nothing, and may be repeated', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('x'));
      await place.logs.append('other', 0, bytes('y'));
      await place.logs.end(NAME);
      await place.logs.remove(NAME);
      await place.logs.remove(NAME);
      expect(await place.logs.size(NAME)).toBeUndefined();
      await expect(contentOf(place.logs)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await contentOf(place.logs, 'other')).toBe('y');
    });

    it('ends those who follow', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('x'));
      const follower = followLog(place.logs);
      await follower.has('x');
      await place.logs.remove(NAME);
      await expect(follower.done).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('makes room for another log of the name', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('first and longer'));
      await place.logs.end(NAME);
      await place.logs.remove(NAME);
      expect(await place.logs.append(NAME, 0, bytes('second'))).toEqual({ sizeBytes: 6 });
      expect(await contentOf(place.logs)).toBe('second');
      expect(await place.logs.size(NAME)).toEqual({ sizeBytes: 6, hasEnded: false });
    });
  });

  describe('listing', () => {
    it('names every log with what is known of it', async () => {
      await using place = await open({});
      const from = Date.now() - 2000;
      await place.logs.append('tasks/a/0/x', 0, bytes('12'));
      await place.logs.append('tasks/a/0/y.log', 0, bytes('123'));
      await place.logs.end('tasks/b');
      const found: ListedLog[] = [];
      for await (const listed of place.logs.list()) found.push(listed);
      found.sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(found).toEqual([
        { name: 'tasks/a/0/x', sizeBytes: 2, hasEnded: false, modifiedAt: expect.any(Number) },
        { name: 'tasks/a/0/y.log', sizeBytes: 3, hasEnded: false, modifiedAt: expect.any(Number) },
        { name: 'tasks/b', sizeBytes: 0, hasEnded: true, modifiedAt: expect.any(Number) },
      ]);
      for (const { modifiedAt } of found) {
        expect(modifiedAt).toBeGreaterThan(from);
        expect(modifiedAt).toBeLessThan(Date.now() + 2000);
      }
    });
  });
}
