import type { DownloadLimits } from './options.ts';

/** Ends a request that takes too long. */
export interface ProgressWatch {
  /** Aborts with the caller's signal, or when something takes too long. */
  readonly signal: AbortSignal;
  /** The server answered, or sent something. */
  progress(): void;
  /** What took too long. */
  reason(): string | undefined;
  end(): void;
}

export function watchProgress(signal: AbortSignal, limits: DownloadLimits): ProgressWatch {
  const controller = new AbortController();
  let reason: string | undefined;
  const expire = (why: string): void => {
    reason = why;
    controller.abort();
  };
  const total = setTimeout(
    () => expire(`it took longer than ${limits.downloadMs / 1000} s`),
    limits.downloadMs,
  );
  let pause = setTimeout(() => expire(`no answer within ${limits.answerMs / 1000} s`), limits.answerMs);
  return {
    signal: AbortSignal.any([signal, controller.signal]),
    progress() {
      clearTimeout(pause);
      pause = setTimeout(() => expire(`nothing came for ${limits.stallMs / 1000} s`), limits.stallMs);
    },
    reason: () => reason,
    end() {
      clearTimeout(total);
      clearTimeout(pause);
    },
  };
}
