import { errorCode, systemWords } from '../../../kernel/index.ts';
import { type ActiveFeature, type ContainerAddition, type Feature, TaskFailure } from '../../task/feature.ts';
import type { TaskContext } from '../../task/task-context.ts';
import { openProxy, type ProxyServer } from './proxy-server.ts';
import { openTaskNetwork, type TaskNetwork } from './task-network.ts';

const NAME = 'taskcluster';
const PORT = 80;

/** The deployment's services for the task, as the host `taskcluster`, with the rights of the task and no more. */
export const taskclusterProxy: Feature = {
  name: 'taskclusterProxy',
  default: false,
  start: () => new TaskclusterProxy(),
};

class TaskclusterProxy implements ActiveFeature {
  readonly name = 'taskclusterProxy';
  #network: TaskNetwork | undefined;
  #proxy: ProxyServer | undefined;
  #credentials: Disposable | undefined;

  async link(task: TaskContext): Promise<ContainerAddition> {
    const network = await openTaskNetwork(task);
    this.#network = network;
    let { credentials } = task.claim;
    this.#credentials = task.onCredentials((newer) => {
      credentials = newer;
    });
    const authorizedScopes = [
      ...task.claim.task.scopes,
      `queue:create-artifact:${task.taskId}/${task.runId}`,
    ];
    this.#proxy = await openProxy({
      host: network.gateway,
      port: PORT,
      rootUrl: task.queue.rootUrl,
      credentials: () => credentials,
      authorizedScopes,
      clients: network.containers,
      version: task.identity.version,
    }).catch((error: unknown) => {
      throw cannotListen(error, network.gateway);
    });
    return {
      environment: { TASKCLUSTER_PROXY_URL: `http://${NAME}` },
      extraHosts: [`${NAME}:${network.gateway}`],
      network: network.name,
    };
  }

  async killed(): Promise<void> {
    this.#credentials?.[Symbol.dispose]();
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.#network?.remove();
  }
}

function cannotListen(error: unknown, address: string): TaskFailure {
  const hints: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program listens on port 80 of every address of the machine',
    EACCES: 'the worker may not listen on port 80: run it as root, or with CAP_NET_BIND_SERVICE',
    EADDRNOTAVAIL: 'the engine runs on another machine than the worker',
  };
  const why = hints[errorCode(error) ?? ''] ?? systemWords(error) ?? 'unknown trouble';
  return new TaskFailure(`taskclusterProxy: cannot listen on ${address} port ${PORT}: ${why}`, {
    exception: 'internal-error',
    cause: error,
  });
}
