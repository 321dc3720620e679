/** Output of steps on its way to the server, cut into chunks. */
export interface Logs {
  add(stepSafeId: string, bytes: Buffer): void;
  flush(): void;
}

export interface LogChunk {
  readonly stepSafeId: string;
  readonly logs: string;
  readonly stream: string;
  readonly chunk: number;
}

/** A chunk is sent when it is this long, at the latest. */
const CHUNK_BYTES = 10_240;
/** A step has one stream: what it prints on either of its own. */
const STREAM = 'stdout';

export function createLogs(send: (chunk: LogChunk) => void): Logs {
  const counts = new Map<string, number>();
  let waiting: Buffer[] = [];
  let size = 0;
  let owner = '';

  function sendChunk(bytes: Buffer): void {
    const chunk = (counts.get(owner) ?? 0) + 1;
    counts.set(owner, chunk);
    send({ stepSafeId: owner, logs: bytes.toString('base64'), stream: STREAM, chunk });
  }

  function flush(): void {
    if (size === 0) return;
    const bytes = Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) sendChunk(bytes.subarray(at, at + CHUNK_BYTES));
  }

  return {
    flush,
    add(stepSafeId, bytes) {
      if (stepSafeId !== owner) flush();
      owner = stepSafeId;
      waiting.push(bytes);
      size += bytes.length;
      if (size >= CHUNK_BYTES) flush();
    },
  };
}
