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
  const command = setTimeout(expire, options.commandTimeoutMs, 'command-timeout');
  const response = setTimeout(expire, options.noResponseTimeoutMs, 'no-response-timeout');
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
