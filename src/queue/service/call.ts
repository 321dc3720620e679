import type { FastifyReply } from 'fastify';
import type { Caller } from '../../auth/index.ts';
import type { ScopeFacts } from './scope-template.ts';

/** One request to a method, checked: names are there and fit their patterns, and so does the body. */
export interface Call<P extends string = string, Q extends string = string, B = unknown> {
  readonly params: Readonly<Record<P, string>>;
  readonly query: Readonly<Partial<Record<Q, string>>>;
  readonly body: B;
  readonly caller: Caller;
  /** What URLs that are given out begin with; no slash at its end. */
  readonly baseUrl: string;
  /** Of the request. */
  readonly header: (name: string) => string | undefined;
  /** Whether somebody still waits for the answer, as far as that can have been heard by now. */
  readonly isWanted: () => Promise<boolean>;
  /** Aborts when nobody waits for the answer any more, and when the server stops. */
  readonly waiting: () => AbortSignal;
  /** Throws `InsufficientScopes`. The path's parameters are known already. */
  readonly authorize: (facts: ScopeFacts) => void;
  /** Gives the answer another status and more headers than the method's. */
  readonly answer: (status: number, headers?: Readonly<Record<string, string>>) => void;
  /** For methods that stream: what goes past the framework. */
  readonly reply: FastifyReply;
}
