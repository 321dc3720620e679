import { randomBytes } from 'node:crypto';
import { createInbox, type Inbox } from './inbox.ts';
import { createMarkerFinder, type MarkerFinder } from './marker.ts';
import { PipeReader } from './output-pipe.ts';

/** A named pipe that is mounted into the box. */
export interface MountedPipe {
  /** On this machine. */
  readonly path: string;
  /** In the box, without spaces. */
  readonly boxPath: string;
}

/** Types to the shell for the channel; `ask` waits for its answer as well. */
export interface ShellSide {
  readonly tell: (words: string) => Promise<void>;
  readonly ask: (words: string) => Promise<void>;
}

const PIPE_TIMEOUT_MS = 2000; // through a pipe that is shared a few bytes come in less than one

export const nonce = (): string => randomBytes(8).toString('hex');

/**
 * What is printed in a box, on its way to `print`: through the engine, or through a pipe where the box and this process
 * prove to share one. Marks in it, which the shell prints when it is told to, say how far it has come.
 */
export class OutputChannel implements AsyncDisposable {
  readonly #print: (bytes: Buffer) => Promise<void>;
  readonly #stdoutMarker = createMarkerFinder();
  readonly #pipeMarker = createMarkerFinder();
  /** Looks at the stream that output takes. */
  #marker: MarkerFinder = this.#stdoutMarker;
  readonly #marks: Inbox<MarkerFinder> = createInbox();
  #pipe: PipeReader | undefined;
  #drained: (() => void) | undefined;
  #released = false;

  constructor(print: (bytes: Buffer) => Promise<void>) {
    this.#print = print;
  }

  /** A number that nobody could know before, looked for in the output from now on. */
  newMark(): string {
    const mark = nonce();
    this.#marker.expect(mark);
    return mark;
  }

  /** Whether all output up to the mark has come; a reader that takes its time prolongs the limit. */
  async marked(limitMs: number): Promise<boolean> {
    return (await this.#marks.next(limitMs)) !== undefined;
  }

  touch(): void {
    this.#marks.touch();
  }

  async takeStdout(bytes: Buffer): Promise<void> {
    await this.#take(this.#stdoutMarker, bytes);
  }

  /**
   * Lets the shell print a number into the pipe. Where it comes out tells what the box has: the pipe, or none (then it
   * comes on standard output); where it does not come out at all the box has one that nobody here reads.
   */
  async choose({ path, boxPath }: MountedPipe, shell: ShellSide): Promise<void> {
    const mark = nonce();
    this.#stdoutMarker.expect(mark);
    this.#pipeMarker.expect(mark);
    const pipe = new PipeReader(path, (bytes) => this.#take(this.#pipeMarker, bytes));
    await shell.ask(`pipe ${boxPath} ${mark}`);
    const chosen = await this.#marks.next(PIPE_TIMEOUT_MS);
    if (chosen === this.#pipeMarker) {
      await shell.tell('piped');
      this.#stdoutMarker.abandon();
      this.#marker = this.#pipeMarker;
      this.#pipe = pipe;
      return;
    }
    await shell.tell('plain');
    this.#stdoutMarker.abandon();
    await pipe[Symbol.asyncDispose]();
  }

  /** After the container's end: waits for what is still in the pipe. */
  async drain(): Promise<void> {
    const pipe = this.#pipe;
    if (pipe === undefined || this.#released) return;
    const end = nonce();
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.#pipeMarker.expect(end);
    pipe.mark(end);
    await drained;
  }

  /** Nothing more will come; who waits for a mark learns that it does not. */
  close(): void {
    this.#marks.close();
  }

  /** Nobody wants what is still in the pipe. */
  release(): void {
    this.#released = true;
    this.#drained?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await this.#pipe?.[Symbol.asyncDispose]();
  }

  async #take(marker: MarkerFinder, bytes: Buffer): Promise<void> {
    const { before, found, after } = marker.take(bytes);
    await this.#print(before);
    if (found && this.#drained !== undefined) this.#drained();
    else if (found) this.#marks.put(marker);
    await this.#print(after);
  }
}
