import type { WebSocket } from 'ws';
import { newTaskId } from '../../../queue-api/index.ts';
import type { ActiveFeature, ContainerAddition, Feature } from '../../task/feature.ts';
import type { TaskContext } from '../../task/task-context.ts';
import { maxRunTimeMs } from '../read-payload.ts';
import { type ContainerHold, holdContainer } from './container-hold.ts';
import type { ShellRequest } from './message-code.ts';
import { offerShell } from './offer-shell.ts';
import { runSession } from './run-session.ts';
import { type ShellDoor, serveShell } from './serve-shell.ts';

export const SHELL_ARTIFACT = 'private/docker-worker/shell.html';

/** At once, of one run. */
const MAX_SESSIONS = 10;
const TRY_LATER = 1013; // of web sockets

/** A shell in the task's container, over a web socket. */
export const interactive: Feature = {
  name: 'interactive',
  default: false,
  start: () => new Interactive(),
};

class Interactive implements ActiveFeature {
  readonly name = 'interactive';
  readonly #ended = new AbortController();
  readonly #sessions = new Set<Promise<void>>();
  #sessionEnded = Promise.withResolvers<void>();
  #hold: ContainerHold | undefined;
  /** Opening it takes its time, and the container may have ended before: it is closed all the same. */
  #door: Promise<ShellDoor> | undefined;

  async link(task: TaskContext): Promise<ContainerAddition> {
    this.#hold = await holdContainer(task);
    return this.#hold.addition;
  }

  async started(task: TaskContext, containerId: string): Promise<void> {
    this.#hold?.begin();
    try {
      this.#door = this.#openDoor(task, containerId);
      const { socketUrl } = await this.#door;
      this.#ended.signal.throwIfAborted();
      await announce(task, socketUrl, this.#ended.signal);
      task.log.line(`A shell can be opened in the container: see the artifact ${SHELL_ARTIFACT}`);
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      // The task itself is not worse for it.
      task.log.error(
        `No shell can be opened in the container: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  async killed(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#sessions);
    const door = await this.#door?.catch(() => undefined); // that was told when it failed
    await door?.[Symbol.asyncDispose]();
    await this.#hold?.lift();
  }

  async #openDoor(task: TaskContext, containerId: string): Promise<ShellDoor> {
    const token = newTaskId(); // 122 random bits in 22 characters
    const onSession = (socket: WebSocket, request: ShellRequest): void =>
      this.#begin(task, { socket, request, containerId });
    if (!(await task.queue.isSlipway({ signal: this.#ended.signal })))
      return await serveShell(task, token, onSession);
    return offerShell(task, { token, onSession, free: () => this.#free() });
  }

  async #free(): Promise<void> {
    while (this.#sessions.size >= MAX_SESSIONS) await this.#sessionEnded.promise;
  }

  #begin(
    task: TaskContext,
    { socket, request, containerId }: { socket: WebSocket; request: ShellRequest; containerId: string },
  ): void {
    if (this.#sessions.size >= MAX_SESSIONS) {
      socket.close(TRY_LATER, 'too many sessions');
      return;
    }
    const stay = this.#hold?.session();
    const { signal } = this.#ended;
    const { taskId, runId } = task;
    task.record('shell session', { taskId, runId, sessions: this.#sessions.size + 1 });
    const session = runSession(socket, { engine: task.engine, containerId, request, signal }).finally(() => {
      stay?.[Symbol.dispose]();
      this.#sessions.delete(session);
      this.#sessionEnded.resolve();
      this.#sessionEnded = Promise.withResolvers<void>();
    });
    this.#sessions.add(session);
  }
}

/** Who may read the artifact may open a shell. It ends with the container at the latest. */
async function announce(task: TaskContext, socketUrl: string, signal: AbortSignal): Promise<void> {
  const { taskId, runId, queue, claim, now } = task;
  const page = new URL(`${queue.publicUrl}/shell/`);
  page.search = new URLSearchParams({ v: '1', socketUrl, taskId, runId: String(runId) }).toString();
  const expires = new Date(Math.min(now() + maxRunTimeMs(task), Date.parse(claim.task.expires)));
  const reference = {
    storageType: 'reference',
    expires: expires.toISOString(),
    contentType: 'text/html',
    url: page.href,
  } as const;
  await queue.createArtifact(taskId, runId, SHELL_ARTIFACT, reference, { signal });
}
