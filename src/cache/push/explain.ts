import { CacheError } from '../error.ts';
import { PassingError } from '../passing-error.ts';
import { ConnectionClosed } from './outgoing.ts';
import type { FarEnd, ProcessEnd } from './ssh-process.ts';

/** What ssh ends with where it is ssh itself that failed. */
const SSH_FAILED = 255;
const NOT_FOUND = 127;

interface Explanation {
  /** What ssh or the receiver wrote says that it is this. */
  readonly pattern: RegExp;
  readonly what: string;
  readonly hint: string;
}

/** What another try would not change. */
const LASTING: readonly Explanation[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for/i,
    what: 'the key of the host is not the one that is known, or is not known',
    hint: 'Compare it with what the administrator of the host says, and put it into ~/.ssh/known_hosts (ssh-keyscan shows it).',
  },
  {
    pattern: /Permission denied|Too many authentication failures|no mutual signature/i,
    what: 'the host let no key of yours in',
    hint: "Ask for your public key to be put into the receiver's authorized_keys; `ssh -v` to the same host shows which keys are offered.",
  },
  {
    pattern: /Could not resolve hostname|Name or service not known/i,
    what: 'there is no host of that name',
    hint: 'Look at the push address in the configuration.',
  },
  {
    pattern:
      /Bad configuration option|command-line.*line|keyword .* extra arguments|unknown option|illegal option/i,
    what: 'ssh does not understand its options',
    hint: 'Look at ~/.ssh/config and SLIPWAY_SSH.',
  },
];

/** What was attempted. */
export interface Attempt {
  readonly purpose: 'push' | 'hello';
  readonly target: string;
}

/** A connection that is closed is soon over. */
const CLOSING_MS = 2000;

const VERBS = { push: 'pushing to', hello: 'asking' } as const;

/** An error of a session as the user is told it: what was attempted, on what, and what ssh and the receiver said. */
export async function explain(error: unknown, attempt: Attempt, far: FarEnd): Promise<unknown> {
  const what = `${VERBS[attempt.purpose]} ${attempt.target}`;
  if (error instanceof ConnectionClosed) {
    const end = await far.endWithin(CLOSING_MS).catch((cause: unknown) => cause);
    return end instanceof Error
      ? inContext(end, what, [])
      : ended(end as ProcessEnd | undefined, what, far.saidLines());
  }
  const isTheirs = error instanceof CacheError && (error.code === 'PROTOCOL' || error.code === 'UNAVAILABLE');
  return inContext(error, what, isTheirs ? far.saidLines() : []);
}

function inContext(error: unknown, what: string, lines: readonly string[]): unknown {
  if (!(error instanceof CacheError)) return error;
  const message = `${what}: ${error.message.replace(/^The /, 'the ')}${shown(lines)}`;
  return new CacheError(error.code, message, { cause: error, ...(error.hint && { hint: error.hint }) });
}

/** It ended before it said that it had everything; `undefined`: it closed the connection, and hangs. */
function ended(end: ProcessEnd | undefined, what: string, lines: readonly string[]): CacheError {
  const { exitCode, signal } = end ?? {};
  const said = lines.join('\n');
  const lasting = exitCode === SSH_FAILED ? LASTING.find(({ pattern }) => pattern.test(said)) : undefined;
  const failed = `${what} failed: `;
  if (lasting !== undefined) {
    return new CacheError('UNAVAILABLE', failed + lasting.what + shown(lines), { hint: lasting.hint });
  }
  if (exitCode === NOT_FOUND) {
    return new CacheError('UNAVAILABLE', `${failed}there is no receiver${shown(lines)}`, {
      hint: 'bst-artifact-receive has to be installed there, as the forced command of the account.',
    });
  }
  if (exitCode === undefined && signal === undefined)
    return new PassingError(`${failed}the connection was closed`);
  if (exitCode === SSH_FAILED) return new PassingError(`${failed}the connection broke${shown(lines)}`);
  const how = exitCode === undefined ? `the signal ${signal}` : `exit code ${exitCode}`;
  return new PassingError(`${failed}the receiver ended with ${how} before it had said "done"${shown(lines)}`);
}

function shown(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return lines.length === 1 ? `: ${lines[0]}` : `:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
