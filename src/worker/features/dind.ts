import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../../engine/index.ts';
import { type ActiveFeature, type ContainerAddition, type Feature, TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';

const SERVICE_FOLDER = '/opt/dind-service/run';
const SOCKET = 'docker.sock';
const TARGET = '/var/run/docker.sock';
const READY_MS = 30_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** A second engine beside the task, in a privileged container of the operator's image; the task gets its socket. */
export const dind: Feature = {
  name: 'dind',
  default: false,
  start: () => new DockerInDocker(),
};

class DockerInDocker implements ActiveFeature {
  readonly name = 'dind';
  #container: string | undefined;
  #folder: string | undefined;

  async link(task: TaskContext): Promise<ContainerAddition> {
    const { engine, settings, labels } = task;
    await ensureImage(task, settings.dindImage);
    const folder = join(task.folder, 'dind');
    await mkdir(folder);
    this.#folder = folder;
    try {
      this.#container = await engine.createContainer({
        name: `slipway-dind-${task.taskId}-${task.runId}`,
        image: settings.dindImage,
        labels,
        privileged: true,
        environment: ['PORT='],
        mounts: [{ source: folder, target: SERVICE_FOLDER, readOnly: false }],
      });
      await engine.startContainer(this.#container);
    } catch (cause) {
      throw new TaskFailure(
        `dind: the container of the second engine could not be started: ${reason(cause)}`,
        {
          cause,
        },
      );
    }
    const socket = join(folder, SOCKET);
    await untilThere(task, socket, this.#container);
    return { mounts: [{ source: socket, target: TARGET, readOnly: true }] };
  }

  async killed(task: TaskContext): Promise<void> {
    if (this.#container !== undefined) await task.garbage.removeContainer(this.#container);
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function ensureImage({ engine, garbage, signal }: TaskContext, image: string): Promise<void> {
  if ((await engine.inspectImage(image)) === undefined) {
    try {
      await engine.pullImage(image, { signal });
    } catch (cause) {
      if (!(cause instanceof EngineError)) throw cause;
      throw new TaskFailure(`dind: this worker cannot get the image ${image}: ${cause.message}`, { cause });
    }
  }
  garbage.imageUsed(image);
}

/** Nothing tells when a socket has been made in a container's folder, so this looks again after growing pauses. */
async function untilThere({ engine, signal }: TaskContext, socket: string, container: string): Promise<void> {
  const over = Date.now() + READY_MS;
  for (let pauseMs = FIRST_PAUSE_MS; Date.now() < over; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const found = await stat(socket).catch(() => undefined);
    if (found?.isSocket()) return;
    if (!(await engine.inspectContainer(container))?.running)
      throw new TaskFailure('dind: the container of the second engine has ended before its engine was ready');
    await delay(pauseMs, undefined, { signal });
  }
  throw new TaskFailure(`dind: the second engine was not ready within ${READY_MS / 1000} seconds`);
}
