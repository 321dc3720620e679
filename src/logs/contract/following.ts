import { describe, expect, it } from 'vitest';
import { bytes, contentOf, followLog, type LogContractOptions, NAME, never, textOf } from './rig.ts';

export function describeFollowing({ open }: LogContractOptions): void {
  describe('following', () => {
    it('gives what is there, then what comes, and ends with the log', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('one\n'));
      const follower = followLog(place.logs);
      await follower.has('one\n');
      await place.logs.append(NAME, 4, bytes('two\n'));
      await follower.has('one\ntwo\n');
      await place.logs.end(NAME);
      await follower.done;
      expect(follower.text).toBe('one\ntwo\n');
    });

    it('begins anywhere, also behind what is there', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('0123456789'));
      const followers = [0, 1, 9, 10, 12, 100].map((start) => ({
        start,
        at: followLog(place.logs, { start }),
      }));
      await place.logs.append(NAME, 10, bytes('abcdef'));
      await place.logs.end(NAME);
      for (const { start, at } of followers) {
        await at.done;
        expect(at.text).toBe('0123456789abcdef'.slice(start));
      }
    });

    it('reads what is there now, and no more, without following', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('now'));
      const reading = place.logs.read(NAME, { start: 1, follow: false, signal: never() });
      expect(await textOf(reading)).toBe('ow');
      expect(await textOf(place.logs.read(NAME, { start: 9, follow: false, signal: never() }))).toBe('');
    });

    it('gives many followers all of a log that is written in many pieces', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes(''));
      const followers = Array.from({ length: 50 }, () => followLog(place.logs));
      let expected = '';
      for (let i = 0; i < 300; i += 1) {
        const line = `line ${i} ${'.'.repeat(i * 7)}\n`;
        await place.logs.append(NAME, expected.length, bytes(line));
        expected += line;
      }
      await place.logs.end(NAME);
      await Promise.all(followers.map(({ done }) => done));
      for (const { text } of followers) expect(text).toBe(expected);
    });

    it('gives a follower that takes its time all that it missed', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('first\n'));
      const reading = place.logs.read(NAME, { follow: true, signal: never() })[Symbol.asyncIterator]();
      const first = await reading.next();
      let expected = 'first\n';
      for (let i = 0; i < 40; i += 1) {
        const piece = String(i % 10).repeat(50_000);
        await place.logs.append(NAME, expected.length, bytes(piece));
        expected += piece;
      }
      await place.logs.end(NAME);
      const rest = await textOf({ [Symbol.asyncIterator]: () => reading });
      expect(Buffer.from(first.value ?? []).toString() + rest).toBe(expected);
    });

    it('tells of a log that is not there', async () => {
      await using place = await open({});
      await expect(contentOf(place.logs)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(followLog(place.logs).done).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await place.logs.size(NAME)).toBeUndefined();
    });

    it('waits for a log that is awaited', async () => {
      await using place = await open({});
      const follower = followLog(place.logs, { awaited: true });
      await place.logs.append(NAME, 0, bytes('begun'));
      await follower.has('begun');
      await place.logs.end(NAME);
      await follower.done;
    });

    it('stops where its signal aborts, whether it waits or not', async () => {
      await using place = await open({});
      await place.logs.append(NAME, 0, bytes('text'));
      const reason = new Error('enough');
      const follower = followLog(place.logs);
      await follower.has('text');
      follower.abort(reason);
      await expect(follower.done).rejects.toBe(reason);
      const signal = AbortSignal.abort(reason);
      await expect(textOf(place.logs.read(NAME, { follow: false, signal }))).rejects.toBe(reason);
      const awaiting = followLog(place.logs, { name: 'none', awaited: true });
      awaiting.abort(reason);
      await expect(awaiting.done).rejects.toBe(reason);
    });
  });
}
