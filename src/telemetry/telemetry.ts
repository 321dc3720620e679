/** What is known of a span: texts, numbers, yes or no. `undefined` is left out. Never a secret, never a query. */
export type SpanFacts = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  /** @defaultValue 'internal' */
  readonly kind?: 'internal' | 'server' | 'client' | 'consumer';
  /** The span that it is a part of, or its context as `traceparent` has it. Absent, or not to be read: a trace begins. */
  readonly parent?: Span | string | undefined;
  readonly facts?: SpanFacts;
  /** Milliseconds since the epoch. @defaultValue now */
  readonly startedAt?: number;
}

/** Something that takes time. No method throws. */
export interface Span {
  /** Its context for others, as the header `traceparent` has it; absent: nothing is traced. */
  readonly traceparent: string | undefined;
  add(facts: SpanFacts): void;
  /** It did not do what it was for. */
  fail(why?: string): void;
  /** Once; what comes later counts for nothing. @param at - milliseconds since the epoch */
  end(at?: number): void;
  /** A part of it. */
  part(name: string, options?: Omit<SpanOptions, 'parent'>): Span;
  /** Does something as a part of it: what that throws makes the part fail, and is thrown on. */
  during<T>(name: string, work: () => Promise<T>, facts?: SpanFacts): Promise<T>;
}

/**
 * Spans of what goes on. Nothing is waited for, nothing fails and memory is bounded, whatever the endpoint does. Dispose it at
 * the end: it sends what it has, for at most two seconds.
 */
export interface Telemetry extends AsyncDisposable {
  readonly isOn: boolean;
  start(name: string, options?: SpanOptions): Span;
}

/** Of nothing. */
export const NO_SPAN: Span = {
  traceparent: undefined,
  add: () => {},
  fail: () => {},
  end: () => {},
  part: () => NO_SPAN,
  during: (_name, work) => work(),
};

/** Where no endpoint is set. */
export const NO_TELEMETRY: Telemetry = {
  isOn: false,
  start: () => NO_SPAN,
  async [Symbol.asyncDispose]() {},
};
