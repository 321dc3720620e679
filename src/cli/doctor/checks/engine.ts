import { randomUUID } from 'node:crypto';
import { type Engine, EngineError, type ImageSummary } from '../../../engine/index.ts';
import { type Check, type Finding, failed, ok, warning } from '../check.ts';
import { engineWithin } from '../engine-within.ts';

const LEAST_DOCKER = 20; // what Slipway is tried with

export const ENGINE: Check = {
  name: 'engine',
  async run({ context }, signal) {
    await using engine = await engineWithin(context, signal);
    const isNeeded = context.flags.on('with-worker');
    try {
      const { name, version, endpoint } = await engine.ping({ signal });
      const about = `${name} ${version} at ${endpoint}`;
      return await started(engine, about, signal);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const hint =
        'start it, or name another one with DOCKER_HOST; tasks and image builds on this machine need it';
      return isNeeded ? failed(error.message, hint) : warning(error.message, hint);
    }
  },
};

async function started(engine: Engine, about: string, signal: AbortSignal): Promise<Finding> {
  const image = smallest(await engine.listImages({}));
  if (image === undefined) return versionFinding(`${about}; no image is at hand to try a container with`);
  const id = await engine.createContainer({
    name: `slipway-doctor-${randomUUID()}`,
    image: image.id,
    command: ['true'],
    entrypoint: [],
    labels: { 'io.slipway.doctor': String(process.pid) },
  });
  try {
    await engine.startContainer(id);
    const { exitCode } = await engine.waitContainer(id, { signal });
    if (exitCode !== 0)
      return failed(
        `${about}: a container of ${nameOf(image)} ended with ${exitCode}`,
        'look at the log of the engine',
      );
    return versionFinding(`${about}; a container of ${nameOf(image)} started`);
  } finally {
    await engine.removeContainer(id);
  }
}

/** Images in which there is `true`; nothing of others is run. */
const WITH_TRUE = /(?:^|\/)(?:slipway-)?(?:busybox|alpine|debian|ubuntu)(?:$|[:@])/;

const nameOf = ({ references, id }: ImageSummary): string =>
  references.find((name) => WITH_TRUE.test(name)) ?? id;

function smallest(images: readonly ImageSummary[]): ImageSummary | undefined {
  const fitting = images.filter(({ references }) => references.some((name) => WITH_TRUE.test(name)));
  return fitting.toSorted((a, b) => a.sizeBytes - b.sizeBytes)[0];
}

function versionFinding(found: string): Finding {
  const [, docker] = /^Docker (\d+)\./.exec(found) ?? [];
  if (docker === undefined) return ok(`${found}; images are built by Docker alone`);
  if (Number(docker) >= LEAST_DOCKER) return ok(`${found}; BuildKit is there`);
  return warning(found, `it is older than what Slipway is tried with: take ${LEAST_DOCKER}.10 or newer`);
}
