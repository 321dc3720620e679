import type { OutputStream } from './output-stream.ts';

/** Resolves when a stream takes more, or will never again. */
export function waitForDrain(stream: OutputStream): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    stream.on('drain', done).on('close', done).on('error', done);
  });
}
