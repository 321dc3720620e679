import { LogError, type LogStore } from '../../logs/index.ts';

const MAX_KEPT_BYTES = 64 * 1024;

/** Writes to the end of a log, and keeps what the store does not take for the next time. */
export interface LogAppender {
  /** Writes it behind what was kept; with nothing it tries that again. Never throws. */
  append(bytes: Buffer): Promise<void>;
  /** How long the log is, as far as that is known. */
  sizeBytes(): number;
  /** Whether something waits for the store. */
  hasKept(): boolean;
}

/** What was sent last, when nobody knows whether it was taken. */
interface Doubt {
  readonly endsAt: number;
  bytes: number;
}

/** `onError` is told once. Of more than the newest 64 KiB that were not taken the log says that they are missing. */
export function openLogAppender(
  logs: LogStore,
  name: string,
  onError: (error: unknown) => void,
): LogAppender {
  let kept: Buffer = Buffer.alloc(0);
  let missing = 0;
  let doubt: Doubt | undefined;
  /** Where the next bytes go. Absent: the store has to say. */
  let offset: number | undefined;
  let isOver = false;
  let hasFailed = false;

  async function begin(): Promise<number> {
    const size = await logs.size(name);
    if (size?.hasEnded) isOver = true;
    const at = size?.sizeBytes ?? 0;
    if (doubt !== undefined && at >= doubt.endsAt) {
      kept = kept.subarray(doubt.bytes);
      if (doubt.bytes > 0) missing = 0;
    }
    doubt = undefined;
    return at;
  }

  function trim(): void {
    const cut = kept.length - MAX_KEPT_BYTES;
    if (cut <= 0) return;
    kept = Buffer.from(kept.subarray(cut));
    missing += cut;
    if (doubt !== undefined) doubt.bytes = Math.max(0, doubt.bytes - cut);
  }

  async function send(): Promise<void> {
    offset ??= await begin();
    if (isOver) return;
    const note = `\n--- ${missing} bytes are missing: the log could not be written for a while ---\n`;
    const bytes = missing === 0 ? kept : Buffer.concat([Buffer.from(note), kept]);
    doubt = { endsAt: offset + bytes.length, bytes: kept.length };
    offset = (await logs.append(name, offset, bytes)).sizeBytes;
    kept = Buffer.alloc(0);
    missing = 0;
    doubt = undefined;
  }

  return {
    async append(bytes) {
      if (isOver) return;
      kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes]);
      try {
        await send();
      } catch (error) {
        offset = undefined;
        if (error instanceof LogError && error.code === 'ENDED') isOver = true;
        if (!hasFailed) onError(error);
        hasFailed = true;
        trim();
      }
    },
    sizeBytes: () => offset ?? 0,
    hasKept: () => kept.length > 0 && !isOver,
  };
}
