import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeEngineContract, REGISTRY_USER } from '../contract.ts';
import { openDockerEngine } from './index.ts';
import { PodmanService, podmanTrouble } from './testing/podman-service.ts';
import { openTestRegistry } from './testing/test-registry.ts';

const IMAGE = 'localhost/slipway-busybox:1';
const trouble = podmanTrouble();

if (trouble !== undefined) {
  process.stderr.write(`Podman is not tested: ${trouble}\n`);
  it.skip(`Podman: ${trouble}`);
} else {
  describe('over its socket', () => {
    let service: PodmanService;
    beforeAll(async () => {
      service = await PodmanService.start(IMAGE);
    }, 60_000);
    afterAll(() => service[Symbol.asyncDispose](), 60_000);

    describeEngineContract('Podman', {
      open: () => openDockerEngine({ host: service.host, environment: {} }),
      image: IMAGE,
      differences: [
        'a broken context has no reason',
        'commands are looked at earlier',
        'exit code lost with a removed container',
        'folders are made by a copy in',
        'links are followed by a copy out',
        'folders to mount are made',
        'networks are looked at earlier',
        'no progress of pushes',
        'owners are lost by a copy out',
        'there is no BuildKit',
      ],
      openRegistry: () => openTestRegistry({ user: REGISTRY_USER }),
    });
  });
}
