import { lstat, mkdir } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';
import type { BuildOptions, ImageConfiguration } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { BuildCaches } from './build-caches.ts';
import type { BuildOutput } from './build-output.ts';
import { changeConfiguration } from './commit.ts';
import type { FakeContainer } from './container.ts';
import { type Instruction, readCommand, splitPairs, splitWords, substitute } from './dockerfile.ts';
import { hostPath } from './root-path.ts';
import { runHostTool } from './run-host-tool.ts';
import { notePlaces, placeMounts, readRunMounts } from './run-mounts.ts';
import { abortStop, unlessStopped } from './stops.ts';

export interface StageParts {
  /** The context. */
  readonly folder: string;
  readonly options: BuildOptions;
  readonly output: BuildOutput;
  readonly busybox: string;
  readonly caches: BuildCaches;
}

interface Place {
  readonly args: ReadonlyMap<string, string>;
  /** For messages: what is being done, and where. */
  readonly doing: string;
}

/** The container in which the instructions of a Dockerfile run, one after the other. */
export class BuildStage {
  readonly container: FakeContainer;
  readonly #parts: StageParts;

  constructor(container: FakeContainer, parts: StageParts) {
    this.container = container;
    this.#parts = parts;
  }

  /** Throws `BUILD_FAILED`. */
  async run({ name, text }: Instruction, place: Place): Promise<void> {
    const plain = substitute(text, new Map([...place.args, ...this.#environment()]));
    if (name === 'RUN') return await this.#runCommand(text, place);
    if (name === 'COPY' || name === 'ADD') return await this.#copy(splitWords(plain), place.doing);
    const raw = name === 'CMD' || name === 'ENTRYPOINT' ? text : plain;
    this.#change(configurationChange(name, raw, this.container.configuration.workingDir ?? '/'));
  }

  #environment(): [name: string, value: string][] {
    return this.container.configuration.environment.map((variable) => {
      const equals = variable.indexOf('=');
      return [variable.slice(0, equals), variable.slice(equals + 1)];
    });
  }

  #change(changes: ImageConfiguration): void {
    this.container.configure(changeConfiguration(this.container.configuration, changes));
  }

  async #runCommand(text: string, place: Place): Promise<void> {
    if (this.#parts.options.builder !== 'buildkit') {
      if (text.startsWith('--mount')) {
        throw new EngineError('BUILD_FAILED', `${place.doing}: the --mount option requires BuildKit`);
      }
      return await this.#runPlain(text, place);
    }
    const { folder: context, caches } = this.#parts;
    const { mounts, command } = readRunMounts(text);
    const own = this.container.files;
    const placed = await placeMounts(mounts, { context, caches, command });
    const forget = await notePlaces(own.root, placed);
    this.container.mount([...own.mounts, ...placed]);
    try {
      await this.#runPlain(command, place);
    } finally {
      this.container.mount(own.mounts);
      await forget();
    }
  }

  async #runPlain(text: string, { args, doing }: Place): Promise<void> {
    const { container } = this;
    const own = container.configuration;
    const environment = [...args].map(([name, value]) => `${name}=${value}`);
    const running = changeConfiguration(own, { entrypoint: [], command: readCommand(text), environment });
    container.configure(running);
    try {
      const attachment = container.attach(false);
      await container.start().catch((cause: unknown) => {
        throw new EngineError('BUILD_FAILED', `${doing}: ${String(cause)}`, { cause });
      });
      const exitCode = await this.#untilEnd(attachment.output);
      if (exitCode !== 0) {
        throw new EngineError('BUILD_FAILED', `${doing}: its command ended with exit code ${exitCode}`);
      }
    } finally {
      container.configure(own);
    }
  }

  async #untilEnd(printed: AsyncIterable<{ readonly bytes: Buffer }>): Promise<number> {
    const { output, options } = this.#parts;
    const reading = async () => {
      for await (const { bytes } of printed) await output.print(bytes);
      return await this.container.wait();
    };
    try {
      return await unlessStopped(reading(), options.signal ? [abortStop(options.signal)] : []);
    } catch (error) {
      this.container.kill('SIGKILL');
      throw error;
    }
  }

  async #copy(words: readonly string[], doing: string): Promise<void> {
    const target = posix.resolve(this.container.configuration.workingDir ?? '/', words.at(-1) ?? '');
    const sources = words.slice(0, -1);
    const isFolder = sources.length > 1 || words.at(-1)?.endsWith('/') || words.at(-1) === '.';
    for (const source of sources) {
      const file = await hostPath({ root: this.#parts.folder, mounts: [] }, source, true);
      const stats = await lstat(file).catch(() => undefined);
      if (!stats)
        throw new EngineError('BUILD_FAILED', `${doing}: file not found in build context: ${source}`);
      const path = isFolder && stats.isFile() ? `${target}/${basename(source)}` : target;
      const to = await hostPath(this.container.files, path, true);
      await mkdir(stats.isDirectory() ? to : dirname(to), { recursive: true });
      await runHostTool(this.#parts.busybox, ['cp', '-a', stats.isDirectory() ? `${file}/.` : file, to]);
    }
  }
}

/** What an instruction says of how the image is run. */
function configurationChange(name: string, text: string, workingDir: string): ImageConfiguration {
  switch (name) {
    case 'ENV':
      return { environment: splitPairs(text) };
    case 'LABEL':
      return { labels: Object.fromEntries(splitPairs(text).map(splitPair)) };
    case 'CMD':
      return { command: readCommand(text) };
    case 'ENTRYPOINT':
      return { entrypoint: readCommand(text), command: [] };
    case 'EXPOSE':
      return { exposedPorts: splitWords(text).map((port) => (port.includes('/') ? port : `${port}/tcp`)) };
    case 'WORKDIR':
      return { workingDir: posix.resolve(workingDir, text) };
    case 'USER':
      return { user: text };
    case 'VOLUME':
      return { volumes: text.startsWith('[') ? readCommand(text) : splitWords(text) };
    case 'STOPSIGNAL':
      return { stopSignal: text };
    default:
      throw new EngineError('BUILD_FAILED', `the fake engine does not know ${name}`);
  }
}

function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}
