import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Answer } from './envelope.ts';
import type { Principal } from './principal.ts';
import type { RoutesContext } from './routes-context.ts';

/** One request, as far as it was read. */
export interface RouteCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly principal: Principal;
  /** What the path and the query say, and for the routes of operators the id in the path. */
  readonly query: Readonly<Partial<Record<string, string>>>;
  /** The JSON of the body; `undefined` where the route takes none. */
  readonly body: unknown;
}

/** One thing that can be asked of the builder: a row of the table that routes and their description are made of. */
export interface BuilderRoute {
  /** As metrics and the log know it: `builder.start`. */
  readonly name: string;
  readonly verb: 'GET' | 'POST';
  /** Below `/system/api/v1/build`, for users. */
  readonly path: string;
  /** Below `/api/slipway/v1/builds`, for operators; `:id` goes to `query.id`. */
  readonly operatorPath: string;
  /** A sentence for the description. */
  readonly about: string;
  readonly query?: Readonly<Record<string, RegExp>>;
  /** For the description; what reads a body has rules of its own. */
  readonly input?: z.ZodType;
  /** What is answered beside message and status, by name. */
  readonly gives?: Readonly<Record<string, z.ZodType>>;
  /** @defaultValue 200 */
  readonly statuses?: readonly number[];
  /** The contract of the original has it: what it says of who calls counts. @defaultValue false */
  readonly isOriginal?: boolean;
  /** What is said where nothing better is known. @defaultValue `The builder failed.` */
  readonly failure?: string;
  /** `undefined`: it has answered by itself. */
  handle(call: RouteCall, context: RoutesContext): Promise<Answer | undefined>;
}
