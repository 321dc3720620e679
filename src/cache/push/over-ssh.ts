import { createByteSource } from '../wire/byte-source.ts';
import { explain } from './explain.ts';
import type { Link, PushLimits } from './link.ts';
import { ConnectionClosed, createOutgoing } from './outgoing.ts';
import { pushTargetName } from './push-url.ts';
import { converse, type Greeting, greet, type SessionOutcome, type SessionWork } from './session.ts';
import { type FarEnd, startFarEnd } from './ssh-process.ts';
import { type SshCommand, type SshTarget, sshWords } from './ssh-words.ts';

interface Connecting {
  readonly target: SshTarget;
  readonly ssh: SshCommand;
  readonly limits: PushLimits;
  readonly signal: AbortSignal;
}

/** One session over ssh. Throws as `converse`, with the target and what ssh said; `PassingError` where another try may do. */
export const pushOverSsh = ({
  work,
  ...connecting
}: Connecting & { readonly work: SessionWork }): Promise<SessionOutcome> =>
  inSession(connecting, 'push', async (link) => await converse(link, work), work.onSaid);

/** What a receiver says of itself. Throws `UNAVAILABLE`, `PROTOCOL`. */
export const helloOverSsh = (connecting: Connecting): Promise<Greeting> =>
  inSession(connecting, 'hello', greet);

async function inSession<T>(
  { target, ssh, limits, signal }: Connecting,
  purpose: 'push' | 'hello',
  work: (link: Link) => Promise<T>,
  onSaid: (line: string) => void = () => {},
): Promise<T> {
  signal.throwIfAborted();
  await using far = startFarEnd({ program: ssh.program, words: sshWords(ssh, target, purpose) });
  const link: Link = {
    source: createByteSource(bytesOf(far), { idleMs: limits.answerMs, signal }),
    out: createOutgoing(far.input, { stallMs: limits.answerMs, signal }),
    limits,
  };
  try {
    const outcome = await work(link);
    link.out.end();
    const end = await far.endWithin(GOODBYE_MS);
    // After a push it is the last "done" that counts.
    if (purpose === 'hello' && end?.exitCode !== 0) throw new ConnectionClosed();
    for (const line of receiverLines(far.saidLines())) onSaid(line);
    return outcome;
  } catch (error) {
    signal.throwIfAborted();
    throw await explain(error, { purpose, target: pushTargetName(target) }, far);
  }
}

const RECEIVER = 'bst-artifact-receive: ';

/** Of all that was printed, what a receiver of Slipway said: ssh and login shells print other things. */
const receiverLines = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.startsWith(RECEIVER)).map((line) => line.slice(RECEIVER.length));

const GOODBYE_MS = 5000; // a receiver that has said "done" has nothing more to do

/** What it prints until it ends, however it ends. */
async function* bytesOf({ output }: FarEnd): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* output;
  } catch {
    // it ended: how is told by the process
  }
}
