import type { ScopeExpression } from '../caller.ts';
import { ScopeSet } from './scope-set.ts';

// By the array: a caller's scopes are the same array in each of its requests.
const prepared = new WeakMap<readonly string[], ScopeSet>();

function prepare(held: readonly string[]): ScopeSet {
  const known = prepared.get(held);
  if (known !== undefined) return known;
  const made = new ScopeSet(held);
  prepared.set(held, made);
  return made;
}

/**
 * What of an expression scopes do not satisfy; `undefined` where they satisfy all of it. Held scopes must not be changed
 * once they were asked for: what they cover is remembered.
 */
export function missingScopes(
  held: readonly string[],
  expression: ScopeExpression,
): ScopeExpression | undefined {
  return missingIn(prepare(held), expression);
}

function missingIn(held: ScopeSet, expression: ScopeExpression): ScopeExpression | undefined {
  if (typeof expression === 'string') return held.has(expression) ? undefined : expression;
  if ('AllOf' in expression) {
    const missing = expression.AllOf.flatMap((each) => missingIn(held, each) ?? []);
    return missing.length === 0 ? undefined : asOne(missing, (AllOf) => ({ AllOf }));
  }
  const missing: ScopeExpression[] = [];
  for (const each of expression.AnyOf) {
    const lacks = missingIn(held, each);
    if (lacks === undefined) return undefined;
    missing.push(lacks);
  }
  return asOne(missing, (AnyOf) => ({ AnyOf }));
}

function asOne(
  expressions: readonly ScopeExpression[],
  join: (all: readonly ScopeExpression[]) => ScopeExpression,
): ScopeExpression {
  const [only] = expressions;
  return only !== undefined && expressions.length === 1 ? only : join(expressions);
}

/** Whether scopes are enough for an expression. See {@link missingScopes}. */
export const satisfies = (held: readonly string[], expression: ScopeExpression): boolean =>
  missingScopes(held, expression) === undefined;

/** Whether scopes have any one that begins with `prefix`: who may do something somewhere. */
export const holdsAny = (held: readonly string[], prefix: string): boolean =>
  held.some((scope) => scope.startsWith(prefix) || new ScopeSet([scope]).has(prefix));
