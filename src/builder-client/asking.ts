import { withRetries } from '../kernel/index.ts';
import { type Fields, fieldsOf, foreign } from './answer.ts';
import type { BuilderClientOptions } from './builder-client.ts';
import { BuilderClientError } from './error.ts';
import type { SHAPES } from './shapes.ts';
import { NoAnswer, type Sent, send } from './transport.ts';

const DEFAULT_RETRIES = 4;
const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_PAUSE_MS = 10_000;
const NEVER = new AbortController().signal;

export const mayPass = (status: number): boolean => status >= 500 || status === 429;

/** An attempt whose answer may be another one soon. */
export class Passing extends Error {
  readonly error: BuilderClientError;
  readonly pauseMs: number;

  constructor(error: BuilderClientError, pauseMs: number) {
    super(error.message);
    this.error = error;
    this.pauseMs = Math.min(pauseMs, MAX_PAUSE_MS);
  }
}

/** The pauses before further attempts; each is made somewhat longer or shorter. */
export const pausesMs = (retries: number): readonly number[] =>
  Array.from({ length: retries }, (_, n) => Math.min(100 * 2 ** (n + 1), MAX_PAUSE_MS));

type Shapes = typeof SHAPES;

/** What the shape of a name gives. */
type Shaped<N extends keyof Shapes> = ReturnType<Shapes[N]['parse']>;

/** A question to the builder. */
export interface Question extends Sent {
  /** What is asked, for messages: `start`. */
  readonly call: string;
  /** Whether it may be asked again where no answer came. */
  readonly isRepeatable: boolean;
}

/** Asks for an answer of a shape. Throws `BuilderClientError` and `signal.reason`. */
export type Ask = <N extends keyof Shapes>(shape: N, question: Question) => Promise<Shaped<N>>;

export function createAsk(options: BuilderClientOptions): Ask {
  const { retries = DEFAULT_RETRIES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  return async (shape, question) => {
    const attempts = question.isRepeatable ? retries : 0;
    const fields = await asking(options, { timeoutMs, ...question }, attempts);
    const { SHAPES } = await import('./shapes.ts');
    const read = SHAPES[shape].safeParse(fields);
    // The compiler cannot see that the shape of a name gives what the name stands for.
    if (read.success) return read.data as Shaped<typeof shape>;
    const [{ path: at = [], message = '' } = {}] = read.error.issues;
    throw foreign(question.call, options.url, `${at.map(String).join('.') || 'the answer'}: ${message}`);
  };
}

async function asking(options: BuilderClientOptions, question: Question, retries: number): Promise<Fields> {
  const { signal = NEVER } = question;
  try {
    return await withRetries({ retryPausesMs: pausesMs(retries), onNotice: () => {}, signal }, retryOf, () =>
      askOnce(options, question),
    );
  } catch (error) {
    throw error instanceof Passing ? error.error : error;
  }
}

export const retryOf = (error: unknown) =>
  error instanceof Passing ? { message: error.message, pauseMs: error.pauseMs } : undefined;

async function askOnce(options: BuilderClientOptions, question: Question): Promise<Fields> {
  let pauseMs = 0;
  try {
    const answer = await send(options, question);
    ({ pauseMs } = answer);
    return fieldsOf(question.call, options, answer);
  } catch (error) {
    throw passing(error, pauseMs);
  }
}

/** What may be another answer soon, as such. */
export function passing(error: unknown, pauseMs: number): unknown {
  if (!(error instanceof BuilderClientError)) return error;
  const isPassing = error instanceof NoAnswer || mayPass(error.status ?? 0);
  return isPassing ? new Passing(error, pauseMs) : error;
}
