import { formatDuration } from '../../kernel/index.ts';
import type { BuildPhase } from '../build.ts';
import { BuildError } from '../error.ts';

/** Another server has the build, or nobody can tell whether this one still has it: nothing of it may be written. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

export interface BuildLimitsOptions {
  readonly timeLimitMs: number;
  readonly idleLimitMs: number;
  /** Whether nobody else can have the build yet. */
  readonly isHeld: () => boolean;
}

/** What ends a build before it has come to its end. */
export interface BuildLimits extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** It printed something. Ends what is held no more: a server that was frozen comes here before it learns more. */
  heard(): void;
  /** What it prints is not passed on for now: until it is heard again, silence means nothing. */
  muffled(): void;
  /** As `heard`. Silence counts only while it installs: what pushes a large layer has nothing to say. */
  phase(phase: BuildPhase): void;
}

/** Starts to count. */
export function startLimits({ timeLimitMs, idleLimitMs, isHeld }: BuildLimitsOptions): BuildLimits {
  const controller = new AbortController();
  const abort = (reason: Error): void => controller.abort(reason);
  const expectHeld = (): void => {
    if (!isHeld()) abort(new ClaimLost('The lease has ended: another server may have the build'));
  };
  const overdue = (): void =>
    abort(
      new BuildError(
        'time-limit',
        `The build took longer than ${formatDuration(timeLimitMs)}, which is its limit`,
      ),
    );
  const silent = (): void =>
    abort(
      new BuildError(
        'idle-limit',
        `The build printed nothing for ${formatDuration(idleLimitMs)}, which is the limit`,
      ),
    );
  const time = setTimeout(overdue, timeLimitMs);
  let idle: NodeJS.Timeout | undefined;
  let isInstalling = false;
  const listen = (): void => {
    clearTimeout(idle);
    if (isInstalling) idle = setTimeout(silent, idleLimitMs);
  };
  return {
    signal: controller.signal,
    abort,
    heard() {
      expectHeld();
      listen();
    },
    muffled() {
      expectHeld();
      clearTimeout(idle);
    },
    phase(phase) {
      expectHeld();
      isInstalling = phase === 'build';
      listen();
    },
    [Symbol.dispose]() {
      isInstalling = false;
      clearTimeout(time);
      clearTimeout(idle);
    },
  };
}

/**
 * What work gives, or the signal's reason: at once where it ends by itself, and where it does not listen to the signal after a
 * grace. `onDeaf` is told of such work.
 */
export async function within<T>(
  work: () => Promise<T>,
  {
    signal,
    graceMs,
    onDeaf,
  }: { readonly signal: AbortSignal; readonly graceMs: number; readonly onDeaf: () => void },
): Promise<T> {
  signal.throwIfAborted();
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => {
      onDeaf();
      reject(signal.reason);
    }, graceMs);
  };
  signal.addEventListener('abort', wait, { once: true });
  try {
    return await Promise.race([work(), tooLate]);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', wait);
    clearTimeout(timer);
  }
}
