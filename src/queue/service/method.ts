import type { z } from 'zod';
import type { Call } from './call.ts';
import type { ScopeTemplate } from './scope-template.ts';

/** The names in a path: `/task/<taskId>/runs/<runId>` has two. */
export type NamesIn<P extends string> = P extends `${string}<${infer N}>${infer R}` ? N | NamesIn<R> : never;

type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';
type QueryPatterns = Readonly<Record<string, RegExp>>;

interface MethodFacts<P extends string, Q extends QueryPatterns> {
  /** As clients name it: `createTask`. */
  readonly name: string;
  readonly verb: Verb;
  /** Below the service's own, parameters in angle brackets. */
  readonly path: P;
  /** A sentence for the description of the service. */
  readonly about: string;
  readonly isDeprecated?: true;
  /** What a query may hold, and how each of it looks; everything else is refused. */
  readonly query?: Q;
  /**
   * What the caller has to have. Where all its names are parameters of the path it is checked before `handle`; otherwise
   * `handle` has to call `authorize` with the others. Absent: everybody may.
   */
  readonly scopes?: ScopeTemplate;
  readonly output?: z.ZodType;
  /** The media type of an answer that is no JSON: `handle` writes it to the call's `reply`, and has begun to when it resolves. */
  readonly streams?: string;
  /** @defaultValue 200 */
  readonly status?: number;
  /** Fields of the body that no error repeats: they may hold secrets. */
  readonly secrets?: readonly string[];
}

/** One method of a service as its table has it; `S` is what the service works with. */
export interface ServiceMethod<S> extends MethodFacts<string, QueryPatterns> {
  readonly input?: z.ZodType;
  readonly handle: (call: Call, service: S) => Promise<unknown>;
}

interface TypedMethod<S, P extends string, Q extends QueryPatterns, B> extends MethodFacts<P, Q> {
  /** Absent: a body is not looked at. */
  readonly input?: z.ZodType<B>;
  /** Gives what is answered as JSON; `undefined`: an answer without a body. */
  readonly handle: (call: Call<NamesIn<P>, keyof Q & string, B>, service: S) => Promise<unknown>;
}

/** Makes the rows of a service's table: path, query and body give the types of what `handle` is called with. */
export const methodsOf =
  <S>() =>
  <const P extends string, const Q extends QueryPatterns = Record<never, RegExp>, B = undefined>(
    method: TypedMethod<S, P, Q, B>,
  ): ServiceMethod<S> =>
    // A call has exactly the names of this path and query, and a body that `input` let through.
    method as unknown as ServiceMethod<S>;
