import { mkdir, rm } from 'node:fs/promises';
import type { ContainerDetails, ContainerSpec, Mount } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { Source } from '../source.ts';
import { FakeAttachment } from './attachment.ts';
import { type Configuration, mergeEnvironment, processEnvironment } from './configuration.ts';
import { ContainerInput } from './container-input.ts';
import { requireProgram } from './find-program.ts';
import type { FrameQueue } from './frame-queue.ts';
import type { HostTools } from './host-tools.ts';
import type { Launch } from './launch.ts';
import { LogTail } from './log-tail.ts';
import type { NetworkStore } from './network-store.ts';
import { hostPath, type RootView } from './root-path.ts';
import { type Run, startRun } from './run.ts';
import { startUnpacking, type Unpacking } from './unpack-tar.ts';
import { findUser } from './users.ts';

/** What a container is made of. */
export interface ContainerParts {
  readonly id: string;
  readonly imageId: string;
  readonly spec: ContainerSpec;
  /** At first; see `configure`. */
  readonly configuration: Configuration;
  /** Has `root`, a copy of the image, and the named pipes. It goes with the container. */
  readonly folder: string;
  readonly tools: HostTools;
  readonly networks: NetworkStore;
}

/** One process of a container; what is absent goes by its configuration. */
export interface CompanionOptions {
  readonly command: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  /** `NAME=value` each, on top of the container's own. */
  readonly environment?: readonly string[];
}

/** A container: files, and at times a process. */
export class FakeContainer {
  readonly parts: ContainerParts;
  #configuration: Configuration;
  #mounts: readonly Mount[];
  readonly #log = new LogTail();
  #run: Run | undefined;
  #starting: Promise<void> | undefined;
  #ended: Promise<number> | undefined;
  #exitCode: number | undefined;
  #address: string | undefined;
  #removal: Promise<void> | undefined;
  /** Of the run that is, or of the next one. */
  #input = new ContainerInput();
  #queues = new Set<FrameQueue>();
  readonly #unpackings = new Set<Unpacking>();

  constructor(parts: ContainerParts) {
    this.parts = parts;
    this.#configuration = parts.configuration;
    this.#mounts = parts.spec.mounts ?? [];
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  /** What its next start goes by: the instructions of a Dockerfile run in one container, one after the other. */
  configure(configuration: Configuration): void {
    this.#configuration = configuration;
  }

  /** What its next start sees of this machine, beside its own files. */
  mount(mounts: readonly Mount[]): void {
    this.#mounts = mounts;
  }

  get files(): RootView {
    return { root: `${this.parts.folder}/root`, mounts: this.#mounts };
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  inspect(): ContainerDetails {
    const { id, spec } = this.parts;
    const { environment, exposedPorts, labels } = this.#configuration;
    const addresses = spec.network && this.#address ? { [spec.network.name]: this.#address } : {};
    const ended = !this.running && this.#exitCode !== undefined ? { exitCode: this.#exitCode } : {};
    return {
      id,
      name: spec.name,
      running: this.running,
      ...ended,
      outOfMemory: false,
      addresses,
      exposedPorts,
      environment,
      labels,
    };
  }

  attach(wantsInput: boolean): FakeAttachment {
    const attachment = new FakeAttachment(wantsInput ? this.#input : undefined);
    this.#queues.add(attachment.queue);
    return attachment;
  }

  /** Throws `START_FAILED`; the streams that were attached then end. */
  async start(): Promise<void> {
    if (this.running) return;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  /** The exit code, when it does not run; 0 when it never did. */
  async wait(): Promise<number> {
    return (await this.#ended) ?? this.#exitCode ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.#run?.kill();
    // 0 would mean our own process group.
    else if (this.#run && this.#run.processId > 0) sendSignal(this.#run.processId, signal);
  }

  logLines(count: number): Buffer {
    return this.#log.lines(count);
  }

  /** How to start one more process in it. Throws `CONFLICT` when it does not run. */
  async companion(process: CompanionOptions): Promise<Launch & { processId: number }> {
    const run = this.#run;
    if (!run) throw new EngineError('CONFLICT', `the container ${this.parts.spec.name} is not running`);
    return { ...(await this.#launch(process)), processId: run.processId };
  }

  /** Kills it and takes its files away. Resolves for everybody who asks when that is done. */
  async remove(): Promise<void> {
    this.#removal ??= this.#remove();
    await this.#removal;
  }

  async #start(): Promise<void> {
    const { id, spec, networks } = this.parts;
    const { entrypoint, command } = this.#configuration;
    const input = this.#input;
    const queues = this.#queues;
    try {
      this.#address = spec.network && networks.join(id, spec.network);
      const launch = await this.#launch({ command: [...entrypoint, ...command] });
      await mkdir(await hostPath(this.files, launch.workingDir, true), { recursive: true });
      await requireProgram(this.files, launch.command[0] ?? '', launch.environment['PATH'] ?? '');
      this.#run = await startRun(launch, {
        input: spec.openStdin ? input : undefined,
        tty: spec.tty ?? false,
        log: this.#log,
        queues,
      });
    } catch (error) {
      this.#stopped(queues);
      throw error;
    }
    this.#ended = this.#run.ended.then((exitCode) => {
      this.#exitCode = exitCode;
      this.#stopped(queues);
      return exitCode;
    });
  }

  /** Makes it ready for its next start. */
  #stopped(queues: Set<FrameQueue>): void {
    for (const queue of queues) queue.end();
    this.#input.close();
    this.#input = new ContainerInput();
    this.#queues = new Set();
    this.#run = undefined;
    this.#address = undefined;
    this.parts.networks.leave(this.parts.id);
  }

  async #launch(process: CompanionOptions): Promise<Launch> {
    const { id, folder, tools } = this.parts;
    const configuration = this.#configuration;
    const user = await findUser(this.files, process.user ?? configuration.user);
    const variables = mergeEnvironment(configuration.environment, process.environment ?? []);
    return {
      tools,
      folder,
      command: process.command,
      environment: processEnvironment(variables, id, user.home),
      user,
      mounts: this.#mounts,
      workingDir: process.workingDir ?? configuration.workingDir ?? '/',
    };
  }

  /** Unpacks a tar in it. Its removal ends that. */
  async unpack(folder: string, source: Source): Promise<void> {
    const unpacking = startUnpacking(this.files, folder, source);
    this.#unpackings.add(unpacking);
    try {
      await unpacking.done;
    } finally {
      this.#unpackings.delete(unpacking);
    }
  }

  async #remove(): Promise<void> {
    await this.#starting?.catch(() => {});
    this.kill('SIGKILL');
    await this.#ended;
    this.#stopped(this.#queues);
    await Promise.all([...this.#unpackings].map((unpacking) => unpacking.halt()));
    await rm(this.parts.folder, { recursive: true, force: true });
  }
}

function sendSignal(processId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(processId, signal);
  } catch {
    // It ended meanwhile.
  }
}
