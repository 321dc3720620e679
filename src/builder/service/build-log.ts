import type { Redactor } from '../../kernel/index.ts';
import type { LogStore } from '../../logs/index.ts';
import { createLastWords } from './last-words.ts';
import { openLogAppender } from './log-appender.ts';

const TAIL_BYTES = 16 * 1024; // why a build failed is at its end
const NOTE_BYTES = 200;
const MAX_WAITING_BYTES = 256 * 1024;

export interface BuildLogOptions {
  readonly logs: LogStore;
  readonly name: string;
  readonly redactor: Redactor;
  readonly limitBytes: number;
  /** Told once where the log cannot be written; the build goes on without it. */
  readonly onError: (error: unknown) => void;
}

/** What a build prints on its way into its log. No call throws, and none waits longer than the store takes. */
export interface BuildLog {
  /** Resolves when more may come. */
  write(text: string): Promise<void>;
  /** A line of ours, on a line of its own. */
  say(line: string): void;
  /** The line that most likely says why what was written since the last call failed; without secrets. */
  lastWords(): string | undefined;
  /** Resolves when all is written, or the store did not take it; then it may be called again. */
  close(): Promise<void>;
}

/**
 * Goes on behind what is in the log already, for a build that was begun before. Of more than the limit the beginning and the end
 * are kept.
 */
export function openBuildLog({ logs, name, redactor, limitBytes, onError }: BuildLogOptions): BuildLog {
  const stream = redactor.stream();
  const words = createLastWords();
  const tailBytes = Math.min(TAIL_BYTES, Math.floor(limitBytes / 4));
  const headBytes = Math.max(0, limitBytes - tailBytes - NOTE_BYTES);
  const appender = openLogAppender(logs, name, onError);
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let taken: number | undefined;
  let tail = Buffer.alloc(0);
  let leftOut = 0;
  let isAtLineStart = true;
  let writing: Promise<void> | undefined;
  let closing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    // What a server before this one wrote counts too.
    if (taken === undefined) {
      await appender.append(Buffer.alloc(0));
      taken = appender.sizeBytes();
    }
    while (waiting.length > 0) {
      const bytes = Buffer.concat(waiting.splice(0));
      const room = Math.max(0, headBytes - taken);
      const head = bytes.subarray(0, room);
      keepTail(bytes.subarray(room));
      taken += head.length;
      if (head.length > 0) await appender.append(head);
      waitingBytes -= bytes.length;
    }
  }

  function keepTail(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const all = Buffer.concat([tail, bytes.subarray(-tailBytes)]);
    leftOut += tail.length + bytes.length;
    tail = Buffer.from(all.subarray(-tailBytes));
    leftOut -= tail.length;
  }

  function push(bytes: Buffer): void {
    if (bytes.length === 0) return;
    isAtLineStart = bytes.at(-1) === 0x0a;
    waiting.push(Buffer.from(bytes));
    waitingBytes += bytes.length;
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
  }

  /** What the build itself prints. */
  function pass(bytes: Buffer): void {
    words.add(bytes);
    push(bytes);
  }

  function lastOfAll(): Buffer {
    if (leftOut === 0) return tail;
    const note = `\n--- ${leftOut} bytes are left out: a log has at most ${limitBytes} ---\n`;
    return Buffer.concat([Buffer.from(note), tail]);
  }

  async function writeLast(): Promise<void> {
    while (writing !== undefined) await writing;
    const last = lastOfAll();
    if (last.length > 0) await appender.append(last);
  }

  return {
    async write(text) {
      pass(stream.write(Buffer.from(text)));
      if (waitingBytes > MAX_WAITING_BYTES) await writing;
    },
    say(line) {
      pass(stream.flush());
      push(Buffer.from(`${isAtLineStart ? '' : '\n'}--- ${redactor.text(line)}\n`));
    },
    lastWords() {
      pass(stream.flush());
      return words.take();
    },
    async close() {
      push(stream.flush());
      closing ??= writeLast();
      await closing;
      if (appender.hasKept()) await appender.append(Buffer.alloc(0));
    },
  };
}
