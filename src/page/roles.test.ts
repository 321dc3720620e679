import { expect, it } from 'vitest';
import { type ScopeExpression, satisfies, scopesOfRole } from '../auth/index.ts';
import { NOW_SERVICE } from './now/now-service.ts';
import { SESSION_SERVICE } from './session/session-methods.ts';
import { USAGE_SERVICE } from './usage/index.ts';

const methods = [...NOW_SERVICE.methods, ...SESSION_SERVICE.methods, ...USAGE_SERVICE.methods].map(
  ({ name, verb, scopes }) => ({ name, verb, scopes }),
);

it.each(methods.filter(({ verb }) => verb === 'GET'))(
  'a reader may call $name, which shows something',
  (row) => {
    // None of them has a name to fill in.
    const scopes = (row.scopes ?? { AllOf: [] }) as ScopeExpression;
    expect(satisfies(scopesOfRole('reader'), scopes)).toBe(true);
  },
);

it('what changes something is for who does so alone: their own sessions', () => {
  expect(methods.filter(({ verb }) => verb !== 'GET').map(({ name }) => name)).toEqual([
    'signIn',
    'signOut',
    'endSession',
    'endSessions',
  ]);
});
