import { type Caller, missingScopes, type WhiskUser } from '../../auth/index.ts';
import type { BuilderUser } from '../builder.ts';
import { RouteError } from './route-error.ts';

/** What is done with builds: looked at, begun, ended or forgotten. */
export type Action = 'read' | 'create' | 'cancel';

/** Who calls, and what they may. Every method throws `RouteError`. */
export interface Principal {
  /** The only user whose builds these may be; absent: anybody's. */
  readonly login?: string;
  /** Whether everybody's builds may be looked at. */
  readonly seesAll: boolean;
  /** Whether a user's builds may be looked at, begun, ended. */
  check(action: Action, user: string): void;
  /** Whether everybody's may be. */
  checkAll(action: Action): void;
  /** A user as the builder wants to know them. */
  userOf(login: string): Promise<BuilderUser>;
}

/** A user with a token of OpenWhisk: their own builds, and nobody else's. */
export function userPrincipal(user: WhiskUser): Principal {
  const { login } = user;
  return {
    login,
    seesAll: false,
    check(_action, owner) {
      // That there is one of somebody else's is theirs to know.
      if (owner !== login) throw notFound();
    },
    checkAll() {
      throw notFound();
    },
    userOf: async () => ({ login, environment: { ...user.env, ...user.userenv } }),
  };
}

/** Whoever reaches a server that is open: everything. */
export const openPrincipal: Principal = {
  seesAll: true,
  check() {},
  checkAll() {},
  userOf: async (login) => ({ login, environment: {} }),
};

/** Finds a user for somebody who acts for them. */
export type FindUser = (login: string) => Promise<WhiskUser | undefined>;

/** Who signs: what their scopes give. `find` is absent where no users are known to the server. */
export function operatorPrincipal({ clientId, scopes }: Caller, find: FindUser | undefined): Principal {
  const check = (action: Action, owner: string): void => {
    const needed = `builds:${action}:${owner}`;
    if (missingScopes(scopes, needed) === undefined) return;
    throw new RouteError(403, `The client ${clientId} lacks the scope ${needed}.`);
  };
  return {
    seesAll: missingScopes(scopes, 'builds:read:*') === undefined,
    check,
    checkAll: (action) => check(action, '*'),
    async userOf(login) {
      if (find === undefined) return { login, environment: {} };
      const user = await find(login);
      if (user === undefined) throw new RouteError(400, `There is no user ${JSON.stringify(login)}.`);
      return await userPrincipal(user).userOf(login);
    },
  };
}

/** A build that is not there, or not the caller's. */
export const notFound = (): RouteError => new RouteError(404, 'Build job not found');
