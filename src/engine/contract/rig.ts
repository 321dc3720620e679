import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from 'vitest';
import type { ContainerSpec, Engine, NetworkSpec } from '../engine.ts';
import { type Output, readOutput } from './output.ts';

/** Who may use the registries of the contract. */
export const REGISTRY_USER = { username: 'jane', password: 'p?ss>wörd~' };

/** What Podman does otherwise; docs/engines.md tells what it means for a run. */
export type Difference =
  | 'exit code lost with a removed container'
  | 'a broken context has no reason'
  | 'folders are made by a copy in'
  | 'links are followed by a copy out'
  | 'folders to mount are made'
  | 'networks are looked at earlier'
  | 'no progress of pushes'
  | 'owners are lost by a copy out'
  | 'commands are looked at earlier'
  | 'there is no BuildKit';

/** What the contract is run on. */
export interface ContractOptions {
  readonly open: () => Promise<Engine>;
  /** A local image with busybox or more, whose user is root and which names no entrypoint. */
  readonly image: string;
  /** Whether root is the only user it can have, and the owner of everything. @defaultValue false */
  readonly onlyRoot?: boolean;
  /** What the engine does otherwise. @defaultValue nothing */
  readonly differences?: readonly Difference[];
  /** Makes a registry that the engine can push to, for `REGISTRY_USER`; resolves with its host. */
  readonly openRegistry: () => Promise<string>;
}

const TEST_LABEL = 'io.slipway.contract-test';
const BOX_LABEL = 'io.slipway.contract-box';

/** An engine for the tests of one `describe`, and short ways to make what they need. All of it is removed. */
export class Rig {
  readonly image: string;
  /** On all that a test makes. */
  readonly labels: Readonly<Record<string, string>> = { [TEST_LABEL]: randomUUID() };
  readonly #open: ContractOptions['open'];
  readonly #differences: readonly Difference[];
  #engine: Engine | undefined;
  #box: string | undefined;

  constructor(options: ContractOptions) {
    this.image = options.image;
    this.#open = options.open;
    this.#differences = options.differences ?? [];
  }

  differs(how: Difference): boolean {
    return this.#differences.includes(how);
  }

  get engine(): Engine {
    if (!this.#engine) throw new Error('the rig is used before its engine is open');
    return this.#engine;
  }

  /** A name that nothing has yet. */
  name(what = 'thing'): string {
    return `slipway-contract-${what}-${randomUUID().slice(0, 8)}`;
  }

  /** A name for an image that a test makes; it is removed with the test. */
  imageName(): string {
    const name = `localhost/${this.name('image')}:1`;
    onTestFinished(() => this.engine.removeImage(name));
    return name;
  }

  /** A container that is not running; its command is a shell script. */
  async create(script: string, spec: Partial<ContainerSpec> = {}): Promise<string> {
    const { name = this.name('container'), labels, ...rest } = spec;
    const command = ['/bin/sh', '-c', script];
    const all = { ...this.labels, ...labels };
    return await this.engine.createContainer({ name, image: this.image, command, ...rest, labels: all });
  }

  async start(script: string, spec: Partial<ContainerSpec> = {}): Promise<string> {
    const id = await this.create(script, spec);
    await this.engine.startContainer(id);
    return id;
  }

  /** Runs a script to its end. */
  async run(script: string, spec: Partial<ContainerSpec> = {}): Promise<Output & { exitCode: number }> {
    const id = await this.create(script, spec);
    await using attachment = await this.engine.attachContainer(id);
    await this.engine.startContainer(id);
    const output = await readOutput(attachment.output);
    return { ...output, ...(await this.engine.waitContainer(id)) };
  }

  /** A running container that the tests share: they leave it as it was. */
  async box(): Promise<string> {
    if (this.#box) return this.#box;
    const labels = { [BOX_LABEL]: Object.values(this.labels).join() };
    const command = ['/bin/sh', '-c', 'exec sleep 3600'];
    this.#box = await this.engine.createContainer({
      name: this.name('box'),
      image: this.image,
      command,
      labels,
    });
    await this.engine.startContainer(this.#box);
    return this.#box;
  }

  async network(spec: Partial<NetworkSpec> = {}): Promise<string> {
    return await this.engine.createNetwork({ name: this.name('network'), ...spec, labels: this.labels });
  }

  async open(): Promise<void> {
    this.#engine = await this.#open();
  }

  /** Removes what a test made, also where it failed. */
  async clean(): Promise<void> {
    const label = Object.entries(this.labels)
      .map(([name, value]) => `${name}=${value}`)
      .join();
    const containers = await this.engine.listContainers({ label });
    await Promise.all(containers.map(({ id }) => this.engine.removeContainer(id)));
    const networks = await this.engine.listNetworks({ label });
    await Promise.all(networks.map(({ id }) => this.engine.removeNetwork(id)));
  }

  async close(): Promise<void> {
    if (this.#box) await this.engine.removeContainer(this.#box);
    await this.#engine?.[Symbol.asyncDispose]();
  }
}

/** A rig for the tests of the `describe` around the call. Warnings of the process fail it: leaked listeners warn. */
export function useRig(options: ContractOptions): Rig {
  const rig = new Rig(options);
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(String(warning.stack));
  beforeAll(async () => {
    process.on('warning', note);
    await rig.open();
  });
  afterEach(() => rig.clean());
  afterAll(async () => {
    await rig.close();
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
  return rig;
}
