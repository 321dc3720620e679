import type { RuntimeKind } from '../../build.ts';
import { checkRequirements } from '../../kinds/index.ts';
import { RouteError } from '../route-error.ts';

const MOST_TOLD = 5;

/** Throws `RouteError` with file, line and column where no tool of the kind could take the text. */
export function expectRequirements(kind: RuntimeKind, text: string): void {
  const mistakes = checkRequirements(kind, text);
  if (mistakes.length === 0) return;
  const told = mistakes.slice(0, MOST_TOLD).map(({ file, range, message }) => {
    const place = range ? `:${range.start.line}:${range.start.column}` : '';
    return `${file}${place}: ${message}`;
  });
  const more = mistakes.length > told.length ? ` (and ${mistakes.length - told.length} more)` : '';
  throw new RouteError(400, 'Invalid requirements file for the build.', {
    detail: `${told.join(' ')}${more}`,
  });
}
