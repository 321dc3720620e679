import type { z } from 'zod';

/** What is wrong with a payload, and where. */
export interface PayloadMistake {
  /** As in `artifacts["public/a b"].expires`; empty: the payload itself. */
  readonly path: string;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** All of them, in the order of the payload. */
export const mistakesOf = (error: z.ZodError): PayloadMistake[] =>
  error.issues.flatMap((issue) => expand(issue, []));

function expand(issue: Issue, above: readonly PropertyKey[]): PayloadMistake[] {
  const path = [...above, ...issue.path];
  // Of a choice, what is wrong with the branch that was meant.
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const meant = issue.errors.find(
      (errors) => !errors.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
    );
    if (meant !== undefined) return meant.flatMap((inner) => expand(inner, path));
    return [{ path: pathText(path), message: 'Invalid input: expected text or an object' }];
  }
  // A name of a record: what is wrong with it is in the issues within.
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ path: pathText(path), message: `the name ${message}` }));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathText([...path, key]), message: 'is not known here' }));
  }
  return [{ path: pathText(path), message: issue.message }];
}

/** @example `artifacts["public/a.txt"].path` */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = String(part);
      if (!/^[A-Za-z_]\w*$/.test(name)) return `[${JSON.stringify(name)}]`;
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
