import { MAX_TIMER_MS } from '../kernel/index.ts';

/** Why a command was stopped before its own end. */
export type Expiry = 'command-timeout' | 'no-response-timeout' | 'interrupted';

export interface LimitOptions {
  readonly commandTimeoutMs: number;
  readonly noResponseTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Ends what is running, so that it comes to its end soon; called once. */
  readonly onExpire: (expiry: Expiry) => void;
}

/** A watch over one command. */
export interface LimitWatch extends Disposable {
  /** The command printed something. */
  touch(): void;
  /** Which limit was reached, if one was. */
  readonly expiry: Expiry | undefined;
}

export function watchLimits(options: LimitOptions): LimitWatch {
  let expiry: Expiry | undefined;
  const expire = (reason: Expiry): void => {
    if (expiry !== undefined) return;
    expiry = reason;
    options.onExpire(reason);
  };
  const onAbort = (): void => expire('interrupted');
  const commandMs = Math.min(options.commandTimeoutMs, MAX_TIMER_MS);
  const command = setTimeout(expire, commandMs, 'command-timeout');
  const silenceMs = Math.min(options.noResponseTimeoutMs, MAX_TIMER_MS);
  const response = setTimeout(expire, silenceMs, 'no-response-timeout');
  options.signal.addEventListener('abort', onAbort, { once: true });
  if (options.signal.aborted) onAbort();
  return {
    touch: () => {
      response.refresh();
    },
    get expiry() {
      return expiry;
    },
    [Symbol.dispose]() {
      clearTimeout(command);
      clearTimeout(response);
      options.signal.removeEventListener('abort', onAbort);
    },
  };
}
