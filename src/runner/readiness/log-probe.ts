import type { Engine } from '../../engine/index.ts';

/** More than any service prints before it is ready; the engine gives no more than there is. */
const TAIL_LINES = 100_000;

export interface LogProbe {
  readonly container: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

/**
 * Waits until a text appears in what a container prints, before now or later. `false`: its output ended without it.
 *
 * The output is attached to first and the log is read then, so that nothing falls in between. A line may have begun
 * before and ended after: until one whole line has come, the log is read again with each piece.
 */
export async function awaitText(engine: Engine, { container, text, signal }: LogProbe): Promise<boolean> {
  const wanted = Buffer.from(text);
  const inLog = async (): Promise<boolean> =>
    (await engine.readLogs(container, { tailLines: TAIL_LINES })).includes(wanted);
  await using attachment = await engine.attachContainer(container, { input: false, signal });
  using _ = onAbort(signal, () => void attachment[Symbol.asyncDispose]());
  if (await inLog()) return true;
  const streams = { stdout: createFinder(wanted), stderr: createFinder(wanted) };
  let whole = false;
  for await (const { stream, bytes } of attachment.output) {
    if (streams[stream](bytes)) return true;
    if (!whole && (await inLog())) return true;
    whole ||= bytes.includes('\n');
  }
  return false;
}

function onAbort(signal: AbortSignal, listener: () => void): Disposable {
  signal.addEventListener('abort', listener, { once: true });
  if (signal.aborted) listener();
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', listener) };
}

/** Whether the text has come, wherever it is cut. */
function createFinder(wanted: Buffer): (bytes: Buffer) => boolean {
  let tail: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = Buffer.concat([tail, bytes]);
    tail = all.subarray(Math.max(0, all.length - wanted.length + 1));
    return all.includes(wanted);
  };
}
