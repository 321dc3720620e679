import { StringDecoder } from 'node:string_decoder';
import type { BuildOptions } from '../engine.ts';

/** Tells what a build does, as its builder words it. */
export interface BuildOutput {
  /** An instruction begins; `number` from 1 to `count`. */
  begin(step: {
    readonly number: number;
    readonly count: number;
    readonly instruction: string;
  }): Promise<void>;
  print(bytes: Buffer): Promise<void>;
  built(id: string): Promise<void>;
}

export function buildOutput({ builder, onOutput }: BuildOptions): BuildOutput {
  const tell = async (text: string): Promise<void> => await onOutput?.(text);
  return builder === 'buildkit' ? new NumberedOutput(tell) : classicOutput(tell);
}

function classicOutput(tell: (text: string) => Promise<void>): BuildOutput {
  return {
    begin: ({ number, count, instruction }) => tell(`Step ${number}/${count} : ${instruction}\n`),
    print: (bytes) => tell(bytes.toString()),
    built: (id) => tell(`Successfully built ${id.slice(7, 19)}\n`),
  };
}

/** Each line with the number of what it belongs to. */
class NumberedOutput implements BuildOutput {
  readonly #tell: (text: string) => Promise<void>;
  #number: number = 0;
  #decoder = new StringDecoder('utf8');
  #isLineOpen: boolean = false;

  constructor(tell: (text: string) => Promise<void>) {
    this.#tell = tell;
  }

  async begin({ number, count, instruction }: Parameters<BuildOutput['begin']>[0]): Promise<void> {
    await this.#endLine();
    this.#number = number;
    this.#decoder = new StringDecoder('utf8');
    await this.#tell(`#${number} [${number}/${count}] ${instruction}\n`);
  }

  async print(bytes: Buffer): Promise<void> {
    const text = this.#decoder.write(bytes);
    const prefix = `#${this.#number} 0.000 `;
    const wasOpen = this.#isLineOpen;
    this.#isLineOpen = !text.endsWith('\n');
    const lines = (this.#isLineOpen ? text : text.slice(0, -1)).replaceAll('\n', `\n${prefix}`);
    await this.#tell(`${wasOpen ? '' : prefix}${lines}${this.#isLineOpen ? '' : '\n'}`);
  }

  async built(id: string): Promise<void> {
    await this.#endLine();
    await this.#tell(
      `#${this.#number + 1} exporting to image\n#${this.#number + 1} writing image ${id} done\n`,
    );
  }

  async #endLine(): Promise<void> {
    if (this.#isLineOpen) await this.#tell('\n');
    this.#isLineOpen = false;
  }
}
