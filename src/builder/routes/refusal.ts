import { AuthError, WhiskAuthError } from '../../auth/index.ts';
import { DatabaseError } from '../../database/index.ts';
import { LogError } from '../../logs/index.ts';
import { BuildError, BuilderError, type BuilderErrorCode } from '../error.ts';
import type { BuilderRoute } from './route.ts';
import { RouteError } from './route-error.ts';

/** What a caller is told of an error. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly detail?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const STATUSES: Readonly<Record<BuilderErrorCode, number>> = {
  INVALID: 400,
  NOT_FOUND: 404,
  FAILED_BEFORE: 409,
  LIMIT: 429,
  NOT_CONFIGURED: 500, // as the original: it is the operator who has to do something
  UNAVAILABLE: 503,
};

const LATER = { 'retry-after': '1' } as const;

/** The one table of errors: what each becomes on the wire. `route`: what was asked for, where that is known. */
export function refusalOf(error: unknown, route?: BuilderRoute): Refusal {
  if (error instanceof RouteError) {
    const { status, message, detail, headers } = error;
    return { status, message, headers, ...(detail !== undefined && { detail }) };
  }
  if (error instanceof WhiskAuthError) return tokenRefusal(error, route);
  if (error instanceof AuthError) return authRefusal(error);
  if (error instanceof BuilderError) return builderRefusal(error, route);
  // Its message is for the person who asked, and has no secret in it.
  if (error instanceof BuildError) return { status: 500, message: error.message };
  if (error instanceof DatabaseError && error.code === 'UNAVAILABLE') return later(route);
  if (error instanceof LogError && error.code === 'UNAVAILABLE') return later(route);
  if (error instanceof DatabaseError && error.code === 'NO_SPACE') return noRoom(route);
  if (error instanceof LogError && error.code === 'NO_SPACE') return noRoom(route);
  return frameworkRefusal(error) ?? { status: 500, message: route?.failure ?? 'The builder failed.' };
}

/** 403: a page of somebody else's has sent it. */
const authRefusal = ({ code, message }: AuthError): Refusal => ({
  status: code === 'InsufficientScopes' ? 403 : 401,
  message,
});

function later(route: BuilderRoute | undefined): Refusal {
  const detail =
    'What the builder keeps cannot be reached now. Whether this was done is not known: look, or try again.';
  return { status: 503, message: route?.failure ?? 'The builder cannot answer now.', detail, headers: LATER };
}

function noRoom(route: BuilderRoute | undefined): Refusal {
  const detail = 'There is no room left where the builder keeps what it knows. Nothing of this was kept.';
  return { status: 507, message: route?.failure ?? 'The builder has no room.', detail };
}

function builderRefusal({ code, message, detail }: BuilderError, route: BuilderRoute | undefined): Refusal {
  if (code === 'NOT_FOUND') return { status: 404, message: 'Build job not found' };
  if (code === 'UNAVAILABLE') return { ...later(route), detail: message };
  const more = { ...(detail !== undefined && { detail }), ...(code === 'LIMIT' && { headers: LATER }) };
  return { status: STATUSES[code], message, ...more };
}

/**
 * Where users cannot be asked for now, the original says that nobody is one; who waits for a build with our routes is told to
 * come again instead of being sent away.
 */
function tokenRefusal({ refusal, message }: WhiskAuthError, route: BuilderRoute | undefined): Refusal {
  if (refusal !== 'unavailable' || route?.isOriginal) return { status: 401, message };
  return { status: 503, message: 'Who calls cannot be found out now.', headers: LATER };
}

const FRAMEWORK: Readonly<Record<number, string>> = {
  400: 'The request is not understood.',
  413: 'The request is too large.',
  415: 'Expected JSON, with the header content-type: application/json.',
};

/** What the framework refuses has a status of its own. */
function frameworkRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error && 'statusCode' in error)) return undefined;
  const status = Number(error.statusCode);
  const message = FRAMEWORK[status];
  return message === undefined ? undefined : { status, message };
}
