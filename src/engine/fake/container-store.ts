import { randomBytes } from 'node:crypto';
import { access, appendFile, mkdir, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ContainerSpec, ContainerSummary } from '../engine.ts';
import { EngineError } from '../error.ts';
import { configure } from './configuration.ts';
import { FakeContainer } from './container.ts';
import type { HostTools } from './host-tools.ts';
import type { StoredImage } from './image-store.ts';
import type { NetworkStore } from './network-store.ts';
import { hostPath } from './root-path.ts';
import { runHostTool } from './run-host-tool.ts';

/** The containers and their names. */
export class ContainerStore {
  readonly #folder: string;
  readonly #tools: HostTools;
  readonly #networks: NetworkStore;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #names = new Set<string>();

  constructor(folder: string, tools: HostTools, networks: NetworkStore) {
    this.#folder = folder;
    this.#tools = tools;
    this.#networks = networks;
  }

  async create(spec: ContainerSpec, image: StoredImage): Promise<string> {
    const configuration = configure(spec, image.configuration);
    checkName(spec.name);
    if (configuration.entrypoint.length + configuration.command.length === 0)
      throw invalid(spec, 'no command');
    for (const { source } of spec.mounts ?? []) await checkSource(spec, source);
    if (this.#names.has(spec.name)) {
      throw new EngineError('CONFLICT', `cannot create the container ${spec.name}: the name is taken`);
    }
    this.#names.add(spec.name);
    const id = randomBytes(32).toString('hex');
    const folder = `${this.#folder}/${id.slice(0, 12)}`;
    await this.#prepare(folder, image, spec);
    await addHosts(`${folder}/root`, spec.extraHosts ?? []);
    const parts = { id, imageId: image.details.id, spec, configuration, folder };
    this.#containers.set(id, new FakeContainer({ ...parts, tools: this.#tools, networks: this.#networks }));
    return id;
  }

  find(reference: string): FakeContainer | undefined {
    const byName = [...this.#containers.values()].find(({ parts }) => parts.spec.name === reference);
    return this.#containers.get(reference) ?? byName;
  }

  /** Throws `NOT_FOUND`. */
  get(reference: string): FakeContainer {
    const container = this.find(reference);
    if (!container) throw new EngineError('NOT_FOUND', `no such container: ${reference}`);
    return container;
  }

  list(matches: (labels: Readonly<Record<string, string>>) => boolean): ContainerSummary[] {
    const all = [...this.#containers.values()].map((container) => container.inspect());
    return all
      .filter(({ labels }) => matches(labels))
      .map(({ id, name, labels, running }) => ({ id, name, labels, running }));
  }

  isUsed(imageId: string): boolean {
    return [...this.#containers.values()].some(({ parts }) => parts.imageId === imageId);
  }

  async remove(reference: string): Promise<void> {
    const container = this.find(reference);
    if (!container) return;
    await container.remove();
    if (this.#containers.delete(container.parts.id)) this.#names.delete(container.parts.spec.name);
  }

  async removeAll(): Promise<void> {
    await Promise.all([...this.#containers.keys()].map((id) => this.remove(id)));
  }

  async #prepare(folder: string, image: StoredImage, { openStdin, tty }: ContainerSpec): Promise<void> {
    const { busybox } = this.#tools;
    const copy = image.kind === 'busybox' ? COPY_BUSYBOX : COPY_ALL;
    await mkdir(`${folder}/root`, { recursive: true });
    await runHostTool(busybox, ['sh', '-ec', copy, 'copy', image.folder, `${folder}/root`]);
    const pipes = ['stdout', ...(tty ? [] : ['stderr']), ...(openStdin ? ['stdin'] : [])];
    await runHostTool(busybox, ['mkfifo', '-m', '666', ...pipes.map((name) => `${folder}/${name}`)]);
    if (tty) await symlink('stdout', `${folder}/stderr`);
    if (!openStdin) await symlink('/dev/null', `${folder}/stdin`);
  }
}

const COPY_ALL = 'cp -a "$1/." "$2"; mkdir -p "$2/proc" "$2/dev"';

/** The hundreds of names of busybox are shared, not copied: 10 ms instead of 200. */
const COPY_BUSYBOX = `
  cp -al "$1/bin" "$2"
  for folder in "$1"/*; do [ "$folder" = "$1/bin" ] || cp -a "$folder" "$2"; done`;

/** `host:address` each, as lines of `/etc/hosts`. */
async function addHosts(root: string, extraHosts: readonly string[]): Promise<void> {
  if (extraHosts.length === 0) return;
  const lines = extraHosts.map((entry) => {
    const colon = entry.indexOf(':');
    return `${entry.slice(colon + 1)}\t${entry.slice(0, colon)}\n`;
  });
  const file = await hostPath({ root, mounts: [] }, '/etc/hosts', true);
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, lines.join(''));
}

function checkName(name: string): void {
  if (/^[a-zA-Z0-9][\w.-]*$/.test(name)) return;
  throw new EngineError('INVALID', `cannot create the container ${name}: that is no name`);
}

async function checkSource(spec: ContainerSpec, source: string): Promise<void> {
  await access(source).catch(() => {
    throw invalid(spec, `there is nothing to mount at ${source}`);
  });
}

function invalid(spec: ContainerSpec, reason: string): EngineError {
  return new EngineError('INVALID', `cannot create the container ${spec.name}: ${reason}`);
}
