import type { Interrupts as Diversion } from '../runner/index.ts';

export interface Interrupts extends Disposable, Diversion {
  /** Aborts at the first Ctrl-C that nobody diverted, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** From now on each signal goes to `onSignal` instead: what it could have stopped is over. */
  divertAll(onSignal: (name: NodeJS.Signals) => void): void;
}

export interface InterruptOptions {
  readonly onFirst: () => void;
  /** Stop at once, without cleaning up. */
  readonly onSecond: () => void;
  /** @defaultValue SIGINT, SIGTERM and SIGHUP */
  readonly signals?: readonly NodeJS.Signals[];
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Listens for the signals by which a person or a supervisor ends the program. */
export function listenForInterrupts({ onFirst, onSecond, signals = SIGNALS }: InterruptOptions): Interrupts {
  const controller = new AbortController();
  const diversions: (() => void)[] = [];
  let toAll: ((name: NodeJS.Signals) => void) | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (toAll !== undefined) {
      toAll(name);
      return;
    }
    if (controller.signal.aborted) {
      onSecond();
      return;
    }
    const diverted = name === 'SIGINT' ? diversions.pop() : undefined;
    if (diverted !== undefined) {
      diverted();
      return;
    }
    onFirst();
    controller.abort();
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    divertAll(to) {
      toAll = to;
    },
    divert(onInterrupt) {
      const entry = (): void => onInterrupt();
      diversions.push(entry);
      return {
        [Symbol.dispose]() {
          const at = diversions.indexOf(entry);
          if (at >= 0) diversions.splice(at, 1);
        },
      };
    },
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
