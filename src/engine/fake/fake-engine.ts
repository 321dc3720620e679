import type { Engine, EngineInfo } from '../engine.ts';
import { build } from './build.ts';
import type { BuildCaches } from './build-caches.ts';
import { commit } from './commit.ts';
import type { ContainerStore } from './container-store.ts';
import { copyFrom, copyTo } from './copy.ts';
import { executeIn } from './execute.ts';
import type { GoingOn } from './going-on.ts';
import { fullName, type ImageStore } from './image-store.ts';
import { labelFilter } from './labels.ts';
import { load } from './load.ts';
import type { NetworkStore } from './network-store.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { digestOf, type FakeRegistries } from './registries.ts';
import { save } from './save.ts';
import { openTerminalIn } from './terminal.ts';

/** What the fake engine's methods work on. */
export interface FakeState {
  /** For the files of images. */
  readonly imageFolder: string;
  readonly busybox: string;
  readonly images: ImageStore;
  readonly networks: NetworkStore;
  readonly containers: ContainerStore;
  readonly registries: FakeRegistries;
  readonly caches: BuildCaches;
  readonly goingOn: GoingOn;
  close(): Promise<void>;
}

const INFO: EngineInfo = {
  name: 'Fake',
  version: '1',
  os: 'linux',
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
  endpoint: 'fake://here',
};

/** The engine without its faults. Signals are left to `withFaults`, except where something has to be let go of. */
export function fakeEngine(state: FakeState): Engine {
  const { images, networks, containers } = state;
  return {
    ping: async () => INFO,
    inspectImage: async (reference) => images.inspect(reference),
    pullImage: async (reference, options) => pull(reference, options, state),
    findDigest: async (reference, { credentials } = {}) =>
      digestOf(state.registries.get(fullName(reference), credentials).id),
    pushImage: async (reference, options) => await push(reference, options, state),
    buildImage: (context, options) => build(context, options, state),
    pruneBuildCache: (options) => state.caches.prune(options),
    listImages: async ({ label, reference }) => images.list(labelFilter(label), reference),
    saveImage: async (reference) => {
      const image = images.find(reference);
      if (!image) return undefined;
      const isName = images.find(fullName(reference)) === image && !image.details.id.endsWith(reference);
      return await save(image, isName ? fullName(reference) : undefined, state);
    },
    loadImage: (tar, options) => load(tar, options?.signal, state),
    tagImage: async (source, target) => images.tag(source, target),
    removeImage: (reference) => images.remove(reference, (id) => containers.isUsed(id)),
    createNetwork: async (spec) => networks.create(spec),
    inspectNetwork: async (reference) => networks.inspect(reference),
    listNetworks: async (filter) => networks.list(labelFilter(filter?.label)),
    removeNetwork: async (reference, options) => networks.remove(reference, options),
    createContainer: async (spec) => await containers.create(spec, images.get(spec.image)),
    attachContainer: async (id, options) => containers.get(id).attach(options?.input ?? true),
    startContainer: async (id) => await containers.get(id).start(),
    inspectContainer: async (id) => containers.find(id)?.inspect(),
    waitContainer: async (id) => ({ exitCode: await containers.get(id).wait() }),
    killContainer: async (id, signal) => containers.find(id)?.kill(signal ?? 'SIGKILL'),
    removeContainer: (id) => containers.remove(id),
    listContainers: async ({ label }) => containers.list(labelFilter(label)),
    commitContainer: async (id, options) => await commit(containers.get(id), options, state),
    execute: async (id, options) => await executeIn(containers.get(id), options),
    openTerminal: async (id, options) => await openTerminalIn(containers.get(id), options),
    readLogs: async (id, { tailLines }) => containers.get(id).logLines(tailLines),
    copyIn: (id, path, tar, options) =>
      copyTo(() => containers.get(id), { path, tar, signal: options?.signal }),
    copyOut: async (id, path) => await copyFrom(containers.get(id), path),
    [Symbol.asyncDispose]: () => state.close(),
  };
}
