import { type Caller, missingScopes, type ScopeExpression } from '../../auth/index.ts';
import { QueueError } from '../error.ts';

const MAX_LISTED = 100;

/** Throws `InsufficientScopes`, with what the caller has and lacks. */
export function authorize(caller: Caller, needed: ScopeExpression): void {
  const missing = missingScopes(caller.scopes, needed);
  if (missing === undefined) return;
  throw new QueueError(
    'InsufficientScopes',
    [
      `The client ${caller.clientId} does not have sufficient scopes. It lacks:`,
      indented(missing),
      'of what this call needs:',
      indented(needed),
      'and has:',
      indented(caller.scopes),
    ].join('\n\n'),
  );
}

function indented(expression: ScopeExpression | readonly string[]): string {
  const lines =
    typeof expression === 'string' ? [expression] : JSON.stringify(expression, undefined, 2).split('\n');
  const shown = lines.slice(0, MAX_LISTED);
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more lines`);
  return shown.map((line) => `    ${line}`).join('\n');
}
