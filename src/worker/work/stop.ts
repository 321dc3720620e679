import { EventEmitter } from 'node:events';

/** `graceful`: what runs ends by itself; `immediate`: it is aborted and reported as `worker-shutdown`. */
export type StopKind = 'graceful' | 'immediate';

/** Why a worker stops, for its log and its exit status. */
export type StopReason =
  | 'signal'
  | 'requested'
  | 'idle'
  | 'max-tasks'
  | 'spot-termination'
  | 'unhealthy'
  | 'parent-gone'
  | 'refused';

export interface Stop {
  readonly kind: StopKind;
  readonly reason: StopReason;
}

/** Whether and how a worker is to stop. Immediate wins over graceful, and neither is taken back. */
export interface StopSwitch {
  readonly current: Stop | undefined;
  stop(stop: Stop): void;
  /** Aborts with the first stop: nothing is claimed any more. */
  readonly claiming: AbortSignal;
  /** Aborts with the first immediate one. */
  readonly running: AbortSignal;
}

export function createStopSwitch(onStop: (stop: Stop) => void = () => undefined): StopSwitch {
  const claiming = new AbortController();
  const running = new AbortController();
  // One listener for each run and each call.
  EventEmitter.setMaxListeners(0, claiming.signal, running.signal);
  let current: Stop | undefined;
  return {
    get current() {
      return current;
    },
    stop(stop) {
      if (current?.kind === 'immediate' || current?.kind === stop.kind) return;
      current = stop;
      onStop(stop);
      claiming.abort();
      if (stop.kind === 'immediate') running.abort();
    },
    claiming: claiming.signal,
    running: running.signal,
  };
}
