import { type Attachment, EngineError } from '../../engine/index.ts';
import { type ControlMessage, createControlParser } from './control.ts';
import { commandText, driverText, proofText } from './driver.ts';
import { createInbox, type Inbox } from './inbox.ts';
import { type MountedPipe, nonce, OutputChannel } from './output-channel.ts';

/** How a command ended. Only `finished` says that the command itself came to its end and the shell is still ours. */
export type CommandOutcome =
  | { readonly type: 'finished'; readonly exitCode: number; readonly flags: string }
  /** The command ended the session's shell (`exit`, `exec`, a failing command under `set -e`, a signal). */
  | { readonly type: 'session-ended'; readonly exitCode: number }
  /** The container's streams closed: its first process is gone (`detail`), or the engine is (`error`). */
  | { readonly type: 'container-ended'; readonly error?: Error; readonly detail?: string }
  /** The shell does not answer as it must: something in the box took its commands or spoke in its name. */
  | { readonly type: 'interference'; readonly detail: string };

export interface SessionOptions {
  readonly attachment: Attachment;
  /** What is printed in the box, in order. While the promise is pending nothing more is taken off the wire. */
  readonly onOutput: (bytes: Buffer) => void | Promise<void>;
  /** A named pipe that is mounted into the box: output takes it where it proves to be shared. */
  readonly outputPipe?: MountedPipe;
  /** How long the shell may take to answer when it has nothing else to do. */
  readonly answerTimeoutMs?: number;
}

/** The shell did not come up: the reason, and what the container printed instead. */
export class SessionStartError extends Error {
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.name = 'SessionStartError';
    this.output = output;
  }
}

/** A command that listens while it goes on. */
export interface Listening {
  readonly ended: Promise<CommandOutcome>;
  readonly say: (line: string) => Promise<void>;
}

const ANSWER_TIMEOUT_MS = 30_000; // a shell that has nothing else to do answers in milliseconds, also on a machine under load
const STARTUP_OUTPUT_BYTES = 8192;

/**
 * One shell in a box, in which every step of a run is sourced: see `driver.ts` for the shell's side of it.
 *
 * Commands run one after the other; `run` must not be called while another is under way. The session does not end by
 * itself: a command that hangs is ended by killing its processes from outside, after which `run` resolves with
 * `session-ended`.
 */
export class BoxSession implements AsyncDisposable {
  readonly #attachment: Attachment;
  readonly #onOutput: SessionOptions['onOutput'];
  readonly #answerTimeoutMs: number;
  readonly #token = `slipway-${nonce()}`;
  readonly #parse = createControlParser(this.#token);
  readonly #output = new OutputChannel((bytes) => this.#print(bytes));
  readonly #inbox: Inbox<ControlMessage> = createInbox();
  readonly #pumped: Promise<void>;
  #startup: Buffer | undefined = Buffer.alloc(0);
  #sequence = 0;
  #ready = true;

  private constructor(options: SessionOptions) {
    this.#attachment = options.attachment;
    this.#onOutput = options.onOutput;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.#pumped = this.#pump();
  }

  /**
   * Types the driver into a shell that reads its standard input, and starts the first session. Throws
   * `SessionStartError` when there is no shell behind the attachment.
   */
  static async open(options: SessionOptions): Promise<BoxSession> {
    const session = new BoxSession(options);
    const answer = session.#next();
    await session.#type(driverText(session.#token));
    const ready = await answer;
    const startup = session.#startup ?? Buffer.alloc(0);
    session.#startup = undefined;
    if (ready?.type !== 'ready') {
      const reason = session.#inbox.closed
        ? 'the container ended before a shell answered'
        : `no shell answered within ${session.#answerTimeoutMs / 1000} s`;
      await session[Symbol.asyncDispose]();
      throw new SessionStartError(reason, startup.toString('utf8'));
    }
    if (startup.length > 0) await session.#onOutput(startup);
    if (options.outputPipe !== undefined) await session.#choosePipe(options.outputPipe);
    await session.#type(`${session.#token} session\n`);
    return session;
  }

  /** Whether the shell waits for its next command: the last one came to its end. */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * Evaluates one command (see `commandText`) in the session and waits for its end. A body that is not UTF-8 comes as
   * `latin1`, one character a byte.
   */
  async run(body: string, encoding: 'utf8' | 'latin1' = 'utf8'): Promise<CommandOutcome> {
    return await this.#evaluate(Buffer.from(this.#newCommand(body), encoding), this.#output.newMark());
  }

  /**
   * `run` for a body that reads lines from descriptor 9 while it goes on; `say` types one. A line that it no longer reads
   * stands before the next command, so it must be one that does nothing there.
   */
  runListening(body: string): Listening {
    const ended = this.#evaluate(Buffer.from(this.#newCommand(body)), undefined);
    return { ended, say: (line) => this.#type(`${line}\n`) };
  }

  #newCommand(body: string): string {
    this.#sequence += 1;
    return commandText({ token: this.#token, sequence: this.#sequence, body });
  }

  async #evaluate(command: Buffer, mark: string | undefined): Promise<CommandOutcome> {
    const outcome = await this.#outcomeOf(command, mark);
    this.#ready = outcome.type === 'finished';
    return outcome;
  }

  async #outcomeOf(command: Buffer, early: string | undefined): Promise<CommandOutcome> {
    const sequence = this.#sequence;
    const proof = early === undefined ? '' : proofText({ token: this.#token, nonce: early });
    await this.#type(Buffer.concat([command, Buffer.from(proof)]));
    const begin = await this.#next();
    if (begin === undefined) return this.#lost('it did not take its next command');
    if (begin.type === 'ended') return await this.#ended(begin.exitCode);
    if (begin.type !== 'begin' || begin.sequence !== sequence) return this.#lost('it took another command');
    const done = await this.#inbox.next();
    if (done === undefined) return this.#closed();
    if (done.type === 'ended') return await this.#ended(done.exitCode);
    if (done.type !== 'done' || done.sequence !== sequence) return this.#lost('it reported another command');
    const failure = await this.#answered(early ?? (await this.#askForProof()));
    return failure ?? { type: 'finished', exitCode: done.exitCode, flags: done.flags };
  }

  /** After `session-ended`: kills what the session left running and starts a fresh one, with nothing of the old. */
  async restart(): Promise<void> {
    await this.#type(`${this.#token} reap\n${this.#token} session\n`);
    this.#ready = true;
  }

  /** Ends a session that waits for its next command; nothing of it is left running. */
  async end(): Promise<CommandOutcome> {
    this.#ready = false;
    await this.#type(`exit 0\n${this.#token}\n`);
    const ended = await this.#next();
    if (ended === undefined) return this.#lost('it did not end when it was told to');
    return ended.type === 'ended' ? await this.#ended(ended.exitCode) : this.#lost('it did something else');
  }

  /** Lets go of the streams; the container is the caller's to remove. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#output.release();
    await this.#attachment[Symbol.asyncDispose]();
    await this.#pumped;
    await this.#output[Symbol.asyncDispose]();
  }

  async #choosePipe(pipe: MountedPipe): Promise<void> {
    const tell = (words: string): Promise<void> => this.#type(`${this.#token} ${words}\n`);
    const ask = async (words: string): Promise<void> => {
      await tell(words);
      await this.#next();
    };
    await this.#output.choose(pipe, { tell, ask });
  }

  async #ended(exitCode: number): Promise<CommandOutcome> {
    const mark = this.#output.newMark();
    await this.#type(`${this.#token} sync ${mark}\n`);
    return (await this.#answered(mark)) ?? { type: 'session-ended', exitCode };
  }

  async #askForProof(): Promise<string> {
    const mark = this.#output.newMark();
    await this.#type(proofText({ token: this.#token, nonce: mark }));
    return mark;
  }

  /** Waits for the proof that the shell itself says so, and until all output up to it has come. */
  async #answered(mark: string): Promise<CommandOutcome | undefined> {
    const answer = await this.#next();
    if (answer === undefined) return this.#lost('it reported an end that it had not come to');
    if (answer.type !== 'sync' || answer.nonce !== mark)
      return this.#lost(`it said "${answer.type}" out of turn`);
    const marked = await this.#output.marked(this.#answerTimeoutMs);
    return marked ? undefined : this.#lost('its output does not come to an end');
  }

  /** The next message; nothing when the streams close, or when it does not come in time. */
  async #next(): Promise<ControlMessage | undefined> {
    return await this.#inbox.next(this.#answerTimeoutMs);
  }

  #lost(detail: string): CommandOutcome {
    return this.#inbox.closed ? this.#closed() : { type: 'interference', detail };
  }

  #closed(): CommandOutcome {
    const error = this.#inbox.error;
    return error === undefined ? { type: 'container-ended' } : { type: 'container-ended', error };
  }

  async #type(text: string | Buffer): Promise<void> {
    try {
      await this.#attachment.write(text);
    } catch (error) {
      // The streams are closed: the reading side says so too, with the reason, and there it is waited for.
      if (!(error instanceof EngineError)) throw error;
    }
  }

  async #pump(): Promise<void> {
    try {
      for await (const { stream, bytes } of this.#attachment.output) {
        if (stream === 'stdout') await this.#output.takeStdout(bytes);
        else await this.#takeControl(bytes);
      }
      await this.#output.drain();
      this.#inbox.close();
    } catch (error) {
      this.#inbox.close(error instanceof Error ? error : new Error(String(error)));
    }
    this.#output.close();
  }

  async #takeControl(bytes: Buffer): Promise<void> {
    const { messages, foreign } = this.#parse(bytes);
    await this.#print(foreign);
    for (const message of messages) this.#inbox.put(message);
  }

  async #print(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#startup !== undefined) {
      this.#startup = Buffer.concat([this.#startup, bytes]).subarray(-STARTUP_OUTPUT_BYTES);
      return;
    }
    const taken = this.#onOutput(bytes);
    if (taken === undefined) return;
    await taken;
    this.#output.touch();
    this.#inbox.touch(); // a slow reader held the wire up: the shell's answer may be behind it
  }
}
