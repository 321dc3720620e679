import { constants } from 'node:os';

/** Somebody ended the program from outside. */
export class Stopped extends Error {
  /** As shells tell that a signal ended a program. */
  readonly exitStatus: number;

  constructor(name: NodeJS.Signals) {
    super(`stopped by ${name}; nothing was published`);
    this.name = 'Stopped';
    this.exitStatus = 128 + constants.signals[name];
  }
}

/** sshd ends sessions with the first two. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGTERM', 'SIGINT'];

/** Aborts with `Stopped` at a signal. A second one ends the process as if nobody listened. */
export function listenForSignals(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const forget = (): void => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  const onSignal = (name: NodeJS.Signals): void => {
    forget();
    controller.abort(new Stopped(name));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { signal: controller.signal, [Symbol.dispose]: forget };
}
