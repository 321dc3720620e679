import type { Engine, EngineInfo } from '../engine.ts';
import { commit } from './commit.ts';
import type { ContainerStore } from './container-store.ts';
import { copyFrom, copyTo } from './copy.ts';
import { executeIn } from './execute.ts';
import type { ImageStore } from './image-store.ts';
import { labelFilter } from './labels.ts';
import type { NetworkStore } from './network-store.ts';
import type { FakeEngineOptions } from './options.ts';
import { pull } from './pull.ts';

/** What the fake engine's methods work on. */
export interface FakeState {
  /** For the files of images. */
  readonly imageFolder: string;
  readonly busybox: string;
  readonly images: ImageStore;
  readonly networks: NetworkStore;
  readonly containers: ContainerStore;
  readonly registry: FakeEngineOptions['registry'];
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
    inspectImage: async (reference) => images.find(reference)?.details,
    pullImage: async (reference, options) => pull(reference, options, state),
    tagImage: async (source, target) => images.tag(source, target),
    removeImage: (reference) => images.remove(reference, (id) => containers.isUsed(id)),
    createNetwork: async (spec) => networks.create(spec),
    inspectNetwork: async (reference) => networks.inspect(reference),
    listNetworks: async (filter) => networks.list(labelFilter(filter?.label)),
    removeNetwork: async (reference) => networks.remove(reference),
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
    readLogs: async (id, { tailLines }) => containers.get(id).logLines(tailLines),
    copyIn: (id, path, tar, options) =>
      copyTo(() => containers.get(id), { path, tar, signal: options?.signal }),
    copyOut: async (id, path) => await copyFrom(containers.get(id), path),
    [Symbol.asyncDispose]: () => state.close(),
  };
}
