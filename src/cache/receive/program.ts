import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import manifest from '../../../package.json' with { type: 'json' };
import { CacheError } from '../error.ts';
import { initRepository } from '../repository/init-repository.ts';
import { openRepository } from '../repository/open-repository.ts';
import { ArgumentsError, type ReceiverArguments, readArguments } from './read-arguments.ts';
import { createReceiveLog, type ReceiveLog } from './receive-log.ts';
import { receivePush } from './receive-push.ts';
import { listenForSignals, Stopped } from './stopped.ts';
import { USAGE } from './usage.ts';

const EXIT = { passed: 0, failed: 1, usage: 2, internal: 70 } as const;

export interface ReceiverProcess {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Its chunks may be borrowed. */
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** The whole program; gives its exit status. */
export async function runReceiver(own: ReceiverProcess): Promise<number> {
  // Whoever hung up hears nothing; that is no reason to stop in the middle of something else.
  own.stderr.on('error', () => {});
  let log = createReceiveLog('error', (line) => own.stderr.write(line));
  try {
    const read = readArguments(own.words);
    if (read === 'help' || read === 'version') {
      own.stdout.write(read === 'help' ? USAGE : `bst-artifact-receive ${manifest.version}\n`);
      return EXIT.passed;
    }
    log = createReceiveLog(read.logLevel, (line) => own.stderr.write(line));
    return await serve(read, own, log);
  } catch (error) {
    return report(error, log, own.environment);
  }
}

async function serve(read: ReceiverArguments, own: ReceiverProcess, log: ReceiveLog): Promise<number> {
  // What sshd starts has its home as working folder, unless a login shell went elsewhere.
  const folder = resolve(own.environment['HOME'] ?? homedir(), read.repository);
  if (read.init) {
    await initRepository(folder);
    log.info(`${folder} is ready`);
    return EXIT.passed;
  }
  const asked = own.environment['SSH_ORIGINAL_COMMAND'];
  if (asked !== undefined) log.debug(`the client asked for: ${asked}`);
  using stop = listenForSignals();
  await using repository = await openRepository(folder);
  const outcome = await receivePush({
    repository,
    rights: read.rights,
    input: own.stdin,
    send: sender(own.stdout),
    ...(read.pullUrl !== undefined && { pullUrl: read.pullUrl }),
    log,
    idleMs: read.idleMs,
    signal: stop.signal,
  });
  if (outcome.type !== 'refused') return EXIT.passed;
  log.info(`refused: ${outcome.reason.message}`);
  return EXIT.failed;
}

function sender(stdout: Writable): (bytes: Uint8Array) => Promise<void> {
  stdout.on('error', () => {}); // the call that failed says so
  return (bytes) =>
    new Promise((resolve, reject) => {
      stdout.write(bytes, (cause) => {
        if (cause == null) resolve();
        else reject(new CacheError('UNAVAILABLE', 'The client has closed the connection', { cause }));
      });
    });
}

function report(error: unknown, log: ReceiveLog, environment: ReceiverProcess['environment']): number {
  if (error instanceof Stopped) {
    log.error(error.message);
    return error.exitStatus;
  }
  if (error instanceof ArgumentsError) {
    log.error(`${error.message} --help says what there is.`);
    return EXIT.usage;
  }
  if (error instanceof CacheError) {
    // A host may have nothing of Slipway but this program.
    const hint = error.code === 'NO_REPOSITORY' ? '`bst-artifact-receive --init REPO` makes one' : error.hint;
    log.error(hint === undefined ? error.message : `${error.message} (${hint})`);
    return EXIT.failed;
  }
  const trace = environment['SLIPWAY_TRACE'] === '1' && error instanceof Error ? `: ${error.stack}` : '';
  log.error(`a mistake in Slipway itself: ${error}${trace}`);
  return EXIT.internal;
}
