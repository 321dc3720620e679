import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDownloadBar, downloadLine } from './download-bar.ts';

const MIB = 1024 * 1024;

describe('the line of a download', () => {
  it.each([
    [0, 100, undefined, '  0% [                        ] 0 B of 100.0 MiB'],
    [45, 100, 5, ' 45% [##########              ] 45.0 MiB of 100.0 MiB, 5.0 MiB/s, 11s left'],
    [99.999, 100, 1, ' 99% [#######################  ] 100.0 MiB of 100.0 MiB, 1.0 MiB/s, 1s left'],
    [100, 100, 0, '100% [########################] 100.0 MiB of 100.0 MiB, 0 B/s'],
    [0, 0, undefined, '100% [########################] 0 B of 0 B'],
    [1, 1000, 1, '  0% [                        ] 1.0 MiB of 1000.0 MiB, 1.0 MiB/s, 16m 39s left'],
    [1, 10_000, 1, '  0% [                        ] 1.0 MiB of 9.8 GiB, 1.0 MiB/s, 2h 46m left'],
  ])('after %d of %d MiB, at %d MiB/s', (done, size, rate, line) => {
    const progress = { doneBytes: Math.round(done * MIB), sizeBytes: size * MIB };
    const found = downloadLine(progress, rate === undefined ? undefined : rate * MIB);
    expect(found.replace(/ +\]/, ']')).toBe(line.replace(/ +\]/, ']'));
    expect(found.indexOf(']')).toBe(30);
  });

  it('says what came where nobody knows how much there is', () => {
    expect(downloadLine({ doneBytes: 3 * MIB }, MIB)).toBe('3.0 MiB, 1.0 MiB/s');
    const note = '12 of 40 objects';
    expect(downloadLine({ doneBytes: 3 * MIB, note }, MIB)).toBe('12 of 40 objects, 3.0 MiB, 1.0 MiB/s');
  });
});

describe('the bar of a download', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const textOf = (stream: PassThrough): string => String(stream.read() ?? '');

  it('is drawn as time goes by, cut to the terminal, and cleared', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 20 });
    const bar = createDownloadBar(stream);
    bar.show({ doneBytes: MIB, sizeBytes: 2 * MIB });
    expect(textOf(stream)).toBe('');
    vi.advanceTimersByTime(200);
    expect(textOf(stream)).toBe('\r\u001b[K 50% [############ ');
    vi.advanceTimersByTime(400);
    expect(textOf(stream).match(/50%/g)).toHaveLength(2);
    bar.clear();
    expect(textOf(stream)).toBe('\r\u001b[K');
    vi.advanceTimersByTime(1000);
    expect(textOf(stream)).toBe('');
  });

  it('says nothing in a pipe', () => {
    const stream = new PassThrough();
    const bar = createDownloadBar(stream);
    bar.show({ doneBytes: MIB });
    vi.advanceTimersByTime(1000);
    bar.clear();
    expect(textOf(stream)).toBe('');
  });
});
