import type { Engine } from '../engine.ts';
import { ApiClient } from './api-client.ts';
import { attachContainer } from './attachment.ts';
import { buildImage } from './build.ts';
import { buildWithBuildKit } from './buildkit/build.ts';
import { pruneBuildCache } from './buildkit/prune.ts';
import { chooseEndpoint, type DockerOptions } from './choose-endpoint.ts';
import { commitContainer } from './commit.ts';
import { killContainer, removeContainer, waitContainer } from './container-end.ts';
import { createContainer, inspectContainer, listContainers, startContainer } from './containers.ts';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { execute } from './execute.ts';
import { findDigest } from './find-digest.ts';
import { inspectImage, listImages, removeImage, tagImage } from './images.ts';
import { loadImage } from './load.ts';
import { readLogs } from './logs.ts';
import { createNetwork, inspectNetwork, listNetworks, removeNetwork } from './networks.ts';
import { ping } from './ping.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { saveImage } from './save.ts';
import { openTerminal } from './terminal.ts';

export type { DockerOptions } from './choose-endpoint.ts';

/**
 * An engine that speaks Docker's Engine API: Docker itself, or Podman. Chooses where it is, but asks it nothing yet:
 * the first call finds out whether it answers. Throws `INVALID` when the address or its files cannot be used.
 */
export async function openDockerEngine(options: DockerOptions): Promise<Engine> {
  return dockerEngine(new ApiClient(await chooseEndpoint(options)));
}

function dockerEngine(api: ApiClient): Engine {
  return {
    ping: (options) => ping(api, options?.signal),
    inspectImage: (reference) => inspectImage(api, reference),
    pullImage: (reference, options) => pullImage(api, reference, options),
    findDigest: (reference, options) => findDigest(api, reference, options),
    pushImage: (reference, options) => pushImage(api, reference, options),
    buildImage: (context, options) =>
      (options.builder === 'buildkit' ? buildWithBuildKit : buildImage)(api, context, options),
    pruneBuildCache: (options) => pruneBuildCache(api, options),
    listImages: (filter) => listImages(api, filter),
    saveImage: (reference, options) => saveImage(api, reference, options?.signal),
    loadImage: (tar, options) => loadImage(api, tar, options?.signal),
    tagImage: (source, target) => tagImage(api, source, target),
    removeImage: (reference) => removeImage(api, reference),
    createNetwork: (spec) => createNetwork(api, spec),
    inspectNetwork: (reference) => inspectNetwork(api, reference),
    listNetworks: (filter) => listNetworks(api, filter?.label),
    removeNetwork: (reference, options) => removeNetwork(api, reference, options),
    createContainer: (spec) => createContainer(api, spec),
    attachContainer: (id, options) => attachContainer(api, id, options),
    startContainer: (id) => startContainer(api, id),
    inspectContainer: (id) => inspectContainer(api, id),
    waitContainer: (id, options) => waitContainer(api, id, options?.signal),
    killContainer: (id, signal) => killContainer(api, id, signal ?? 'SIGKILL'),
    removeContainer: (id) => removeContainer(api, id),
    listContainers: ({ label }) => listContainers(api, label),
    commitContainer: (id, options) => commitContainer(api, id, options),
    execute: (id, options) => execute(api, id, options),
    openTerminal: (id, options) => openTerminal(api, id, options),
    readLogs: (id, { tailLines }) => readLogs(api, id, tailLines),
    copyIn: (id, path, tar, options) => copyIn(api, { id, path, signal: options?.signal }, tar),
    copyOut: (id, path, options) => copyOut(api, { id, path, signal: options?.signal }),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}
