import type { IncomingHttpHeaders } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import {
  type Authenticate,
  authenticateWhisk,
  foreignPage,
  type OwnAddresses,
  type WhiskUser,
  type WhiskUsers,
} from '../../auth/index.ts';
import type { Identify } from './mount.ts';
import { openPrincipal, operatorPrincipal, userPrincipal } from './principal.ts';
import type { BuilderRoute } from './route.ts';
import { RouteError } from './route-error.ts';

/** Who may call the builder. */
export interface AccessOptions {
  /** Absent: no users are known. */
  readonly users?: WhiskUsers;
  /** `open`: where no users are known, everybody may everything, unless a web page of others sent the request. */
  readonly access: 'open' | 'closed';
  readonly addresses: OwnAddresses;
  /** Tells who signs, for the routes of operators. */
  readonly authenticate: Authenticate;
}

/** Who calls the routes of the contract. */
export function identifyUsers({ users, access, addresses }: AccessOptions): Identify {
  if (users !== undefined) {
    return async (request) => {
      const user = await authenticateWhisk(users, request.headers.authorization);
      const { builderRoute } = request.routeOptions.config;
      if (builderRoute?.isOriginal && hasEmptyEnvironment(user, builderRoute))
        throw new RouteError(401, 'User environment not found');
      return userPrincipal(user);
    };
  }
  const nobody = { find: async () => undefined };
  return async ({ headers }) => {
    if (access === 'open') {
      refuseForeignPage(headers, addresses);
      return openPrincipal;
    }
    await authenticateWhisk(nobody, headers.authorization); // which throws
    throw new Error('there are no users, and one was found');
  };
}

/** Users without any variables may not build. Of those of a file none are asked for. */
function hasEmptyEnvironment({ env, userenv }: WhiskUser, { name }: BuilderRoute): boolean {
  // Cleaning up is nothing that a user's own variables could change.
  const counted = name === 'cleanup' ? [env] : [env, userenv];
  const kept = counted.filter((each) => each !== undefined);
  return kept.length > 0 && kept.every((each) => Object.keys(each).length === 0);
}

/** Who calls the routes of operators. */
export function identifyOperators({ users, access, addresses, authenticate }: AccessOptions): Identify {
  return ({ raw }: FastifyRequest) => {
    const caller = authenticate({
      method: raw.method ?? '',
      url: raw.url ?? '',
      headers: raw.headers,
      isTls: (raw.socket as Partial<TLSSocket>).encrypted === true, // absent on a plain socket
    });
    if (caller.clientId === 'anonymous') {
      // With users, an open server is open to each of them for their own builds, and for nobody else's.
      if (access === 'closed' || users !== undefined) throw new RouteError(401, 'The request is not signed.');
      refuseForeignPage(raw.headers, addresses);
    }
    return operatorPrincipal(caller, users && ((login) => users.findByLogin(login)));
  };
}

function refuseForeignPage(headers: IncomingHttpHeaders, addresses: OwnAddresses): void {
  const page = foreignPage(headers, addresses);
  if (page === undefined) return;
  throw new RouteError(403, `This server is not open to other people’s web pages, and this request ${page}.`);
}
