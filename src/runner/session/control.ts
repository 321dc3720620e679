/** What the box's shell says on the control channel. */
export type ControlMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'begin'; readonly sequence: number }
  | { readonly type: 'done'; readonly sequence: number; readonly exitCode: number; readonly flags: string }
  | { readonly type: 'sync'; readonly nonce: string }
  | { readonly type: 'ended'; readonly exitCode: number };

interface Split {
  readonly messages: readonly ControlMessage[];
  /** Bytes on the channel that are none of ours: a program wrote to the first process's standard error. */
  readonly foreign: Buffer;
}

const LINE_LIMIT_BYTES = 4096; // ours are below 120

function parseMessage(words: readonly string[]): ControlMessage | undefined {
  const [type, first = '', second = '', flags = ''] = words;
  const number = /^\d{1,10}$/.test(first) ? Number(first) : undefined;
  if (type === 'ready' && words.length === 1) return { type };
  if (type === 'sync' && /^[0-9a-f]{16}$/.test(first)) return { type, nonce: first };
  if (number === undefined) return undefined;
  if (type === 'begin') return { type, sequence: number };
  if (type === 'ended') return { type, exitCode: number };
  if (type === 'done' && /^\d{1,3}$/.test(second)) {
    return { type, sequence: number, exitCode: Number(second), flags };
  }
  return undefined;
}

/**
 * Takes the control channel apart. Lines without the token are not ours and are handed back as output: a program may
 * print to the first process's descriptors through /proc.
 */
export function createControlParser(token: string): (bytes: Buffer) => Split {
  const mark = Buffer.from(token);
  let pending: Buffer = Buffer.alloc(0);

  function takeLine(line: Buffer, messages: ControlMessage[]): Buffer {
    const at = line.indexOf(mark);
    const words =
      at < 0
        ? []
        : line
            .subarray(at + mark.length + 1)
            .toString('latin1')
            .trimEnd()
            .split(' ');
    const message = parseMessage(words);
    if (message === undefined) return line;
    messages.push(message);
    return line.subarray(0, at);
  }

  return (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
    const messages: ControlMessage[] = [];
    const foreign: Buffer[] = [];
    let start = 0;
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10, start)) {
      foreign.push(takeLine(pending.subarray(start, end + 1), messages));
      start = end + 1;
    }
    pending = pending.subarray(start);
    if (pending.length > LINE_LIMIT_BYTES) {
      foreign.push(pending);
      pending = Buffer.alloc(0);
    }
    return { messages, foreign: Buffer.concat(foreign) };
  };
}
