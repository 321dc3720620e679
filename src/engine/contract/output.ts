import type { OutputFrame } from '../engine.ts';

export interface Output {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Everything that comes, until the streams close. */
export async function readOutput(frames: AsyncIterable<OutputFrame>): Promise<Output> {
  const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for await (const { stream, bytes } of frames) pieces[stream].push(bytes);
  return { stdout: Buffer.concat(pieces.stdout), stderr: Buffer.concat(pieces.stderr) };
}

/** Takes frames one after another, so that a test can wait for something the container prints. */
export class OutputReader {
  readonly #iterator: AsyncIterator<OutputFrame>;
  #text = '';

  constructor(frames: AsyncIterable<OutputFrame>) {
    this.#iterator = frames[Symbol.asyncIterator]();
  }

  /** Reads on until the text has come, both streams together; returns all text so far. */
  async until(text: string): Promise<string> {
    while (!this.#text.includes(text)) {
      const { done, value } = await this.#iterator.next();
      if (done)
        throw new Error(`the output ended before ${JSON.stringify(text)}: ${JSON.stringify(this.#text)}`);
      this.#text += value.bytes.toString();
    }
    return this.#text;
  }

  /** Reads to the end; returns all text. */
  async rest(): Promise<string> {
    for (;;) {
      const { done, value } = await this.#iterator.next();
      if (done) return this.#text;
      this.#text += value.bytes.toString();
    }
  }
}
