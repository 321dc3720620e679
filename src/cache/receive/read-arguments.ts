import { parseArgs } from 'node:util';
import { DURATION_EXAMPLES, parseDuration } from '../../kernel/index.ts';
import { isRefName } from '../ostree/index.ts';
import type { LogLevel } from './receive-log.ts';
import type { PushRights } from './rights.ts';

/** What the receiver is started with. */
export interface ReceiverArguments {
  /** As it was given. */
  readonly repository: string;
  readonly logLevel: LogLevel;
  readonly pullUrl?: string;
  readonly rights: PushRights;
  readonly idleMs: number;
  /** Make the repository, and end. */
  readonly init: boolean;
}

/** A command line that is not understood. */
export class ArgumentsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArgumentsError';
  }
}

/** A client looks for its objects between two messages; the largest build is listed in a fraction of that. */
const DEFAULT_IDLE_MS = 15 * 60_000;

const OPTIONS = {
  verbose: { type: 'boolean', short: 'v' },
  debug: { type: 'boolean', short: 'd' },
  'pull-url': { type: 'string' },
  'read-only': { type: 'boolean' },
  'write-prefix': { type: 'string', multiple: true },
  'write-once': { type: 'boolean' },
  'idle-timeout': { type: 'string' },
  init: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Reads the words behind the program's name; throws `ArgumentsError`. */
export function readArguments(words: readonly string[]): ReceiverArguments | 'help' | 'version' {
  const { values, positionals } = parse(words);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const [repository, ...more] = positionals;
  if (repository === undefined || repository === '')
    throw new ArgumentsError('Which repository? REPO is missing.');
  if (more.length > 0) throw new ArgumentsError(`One REPO is expected; ${positionals.length} were given.`);
  const pullUrl = values['pull-url'];
  const level: LogLevel = values.debug === true ? 'debug' : values.verbose === true ? 'info' : 'error';
  return {
    repository,
    logLevel: level,
    ...(pullUrl !== undefined && { pullUrl }),
    rights: {
      readOnly: values['read-only'] === true,
      writePrefixes: (values['write-prefix'] ?? []).map(readPrefix),
      // Not said here: as the repository is kept, which this cannot undo.
      ...(values['write-once'] === true && { writeOnce: true }),
    },
    idleMs: readIdle(values['idle-timeout']),
    init: values.init === true,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Behind the first sentence is advice for programs of one's own.
    if (error instanceof TypeError) throw new ArgumentsError(`${error.message.split('. ')[0]}.`);
    throw error;
  }
}

/** A prefix that nothing matches would lock its key out, one that is empty would let it write everywhere. */
function readPrefix(text: string): string {
  const prefix = text.replace(/\/$/, '');
  if (isRefName(prefix)) return prefix;
  throw new ArgumentsError(
    `--write-prefix ${JSON.stringify(text)} can begin no ref: something like project/element is expected.`,
  );
}

function readIdle(text: string | undefined): number {
  if (text === undefined) return DEFAULT_IDLE_MS;
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new ArgumentsError(`--idle-timeout ${JSON.stringify(text)} is not ${DURATION_EXAMPLES}.`);
  return ms;
}
