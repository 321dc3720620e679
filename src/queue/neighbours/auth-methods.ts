import { z } from 'zod';
import { isScope, normalizeScopes } from '../../auth/index.ts';
import { type SystemContext, systemMethods } from '../routes/system-methods.ts';
import { methodsOf, type Service } from '../service/index.ts';

const method = methodsOf<SystemContext>();

const ScopeSet = z.strictObject({
  scopes: z.array(z.string().refine(isScope, 'expected printable ASCII')).max(10_000),
});

/** Scopes, as a neighbour of the queue. Roles are of the file of clients alone: `assume:<role>` is a scope as any other. */
export const AUTH_SERVICE: Service<SystemContext> = {
  name: 'auth',
  version: 'v1',
  title: 'Auth',
  parameters: {},
  methods: [
    ...systemMethods<SystemContext>(),
    method({
      name: 'expandScopes',
      verb: 'POST',
      path: '/scopes/expand',
      about: 'gives all scopes that some scopes bring with them, without what others of them cover',
      scopes: 'auth:expand-scopes',
      input: ScopeSet,
      output: ScopeSet,
      handle: async ({ body: { scopes } }) => ({ scopes: normalizeScopes(scopes) }),
    }),
    method({
      name: 'currentScopes',
      verb: 'GET',
      path: '/scopes/current',
      about: 'gives the scopes of the caller',
      scopes: 'auth:current-scopes',
      output: ScopeSet,
      handle: async ({ caller: { scopes } }) => ({ scopes }),
    }),
  ],
};
