import { WorkerConfiguration } from './schema.ts';

/** A configuration that makes no sense: every mistake, each with where it is. No value is repeated, it may be a secret. */
export class WorkerConfigurationError extends Error {
  override readonly name = 'WorkerConfigurationError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

/** One mistake of a layer: where, and what was expected. */
export interface Mistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** All that is wrong with a layer; nothing: it is sound. */
export function findMistakes(value: unknown): readonly Mistake[] {
  const parsed = WorkerConfiguration.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue): Mistake[] => {
    const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
    if (issue.code !== 'unrecognized_keys')
      return [{ path, message: issue.message.replace(/, received .*$/, '') }];
    return issue.keys.map((key) => ({ path: [...path, key], message: 'a worker has no such setting' }));
  });
}

/** Takes a layer that came from somewhere else than a file. Throws `WorkerConfigurationError`. */
export function checkConfiguration(value: unknown, from: string): WorkerConfiguration {
  const mistakes = findMistakes(value);
  if (mistakes.length === 0) return WorkerConfiguration.parse(value);
  throw new WorkerConfigurationError(
    mistakes.map(
      ({ path, message }) => `${from}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`,
    ),
  );
}
