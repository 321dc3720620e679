import type { Owner } from '../kernel/index.ts';

/** What workers make on the engine carries these; host and owner are those that runs of pipelines have too. */
export const WORKER_LABEL = {
  /** `<taskId>/<runId>`; on the network: the worker's name. */
  task: 'io.slipway.task',
  worker: 'io.slipway.worker',
  host: 'io.slipway.host',
  owner: 'io.slipway.owner',
  role: 'io.slipway.role',
} as const;

/** Labels of a worker's network, and the beginning of those of its tasks. */
export const workerLabels = (workerId: string, owner: Owner): Record<string, string> => ({
  [WORKER_LABEL.worker]: workerId,
  [WORKER_LABEL.host]: owner.host,
  [WORKER_LABEL.owner]: owner.process,
  [WORKER_LABEL.role]: 'worker',
});

export const taskLabels = (
  workerId: string,
  owner: Owner,
  { taskId, runId }: { readonly taskId: string; readonly runId: number },
): Record<string, string> => ({
  ...workerLabels(workerId, owner),
  [WORKER_LABEL.role]: 'task',
  [WORKER_LABEL.task]: `${taskId}/${runId}`,
});

/** The owner that labels name; `undefined` for what no worker made. */
export function workerOwner(labels: Readonly<Record<string, string>>): Owner | undefined {
  const host = labels[WORKER_LABEL.host];
  const process = labels[WORKER_LABEL.owner];
  const isOurs = labels[WORKER_LABEL.worker] !== undefined;
  return isOurs && host !== undefined && process !== undefined ? { host, process } : undefined;
}
