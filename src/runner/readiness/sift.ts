import { createMarkerFinder } from '../session/marker.ts';

/** Takes lines that begin with a token out of a stream of output. */
export interface Sift {
  /** What is left of the bytes. */
  take(bytes: Buffer): Buffer;
  /** What was held back, for it could have been the beginning of a token. */
  end(): Buffer;
}

const LF = 0x0a;

/** `onWords` is given each line's words behind the token. */
export function createSift(token: string, onWords: (words: readonly string[]) => void): Sift {
  const finder = createMarkerFinder();
  let line: Buffer | undefined; // behind a token, not whole yet
  finder.expect(token);

  function takeLine(held: Buffer, bytes: Buffer): Buffer {
    const end = bytes.indexOf(LF);
    line = Buffer.concat([held, end < 0 ? bytes : bytes.subarray(0, end)]);
    if (end < 0) return bytes.subarray(bytes.length);
    const words = line.toString('latin1').trim().split(' ');
    line = undefined;
    finder.expect(token);
    onWords(words);
    return bytes.subarray(end + 1);
  }

  return {
    take(bytes) {
      const passed: Buffer[] = [];
      let rest = bytes;
      while (rest.length > 0) {
        if (line !== undefined) {
          rest = takeLine(line, rest);
          continue;
        }
        const { before, found, after } = finder.take(rest);
        passed.push(before);
        if (found) line = Buffer.alloc(0);
        rest = after;
      }
      return Buffer.concat(passed);
    },
    end: () => finder.abandon(),
  };
}
