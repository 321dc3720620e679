import { createTemporaryCredentials, type ServerKeys } from '../../auth/index.ts';
import type { Credentials } from '../../queue-api/index.ts';
import type { ServerLogger } from '../../server/index.ts';
import type { CommandContext } from '../command.ts';
import type { OpenedQueueRoutes } from '../queue-routes.ts';
import type { BesideServer, ListeningServer, ServedParts } from '../serve-until-stopped.ts';
import { superviseWorker } from './supervise-worker.ts';
import { workerEnvironment } from './worker-environment.ts';
import { startWorkerProcess, type WorkerProcessOptions } from './worker-process.ts';
import type { BesideWorkerSettings } from './worker-settings.ts';

interface WorkerBesideOptions {
  readonly context: CommandContext;
  readonly settings: BesideWorkerSettings;
  readonly queue: OpenedQueueRoutes;
  readonly logger: ServerLogger;
}

/** A worker of the server's own queue, on its machine, as a process that the server starts, keeps running and ends. */
export const besideServer = (
  context: CommandContext,
  parts: Omit<WorkerBesideOptions, 'context'>,
): Pick<ServedParts, 'beside'> => ({ beside: (server) => startWorkerBeside({ context, ...parts }, server) });

function startWorkerBeside(options: WorkerBesideOptions, server: ListeningServer): BesideServer {
  const { logger, settings, queue, context } = options;
  const log = logger.child({ worker: settings.workerId });
  const words = workerWords(options, server);
  const environment = workerEnvironment(context.environment);
  return superviseWorker({
    start: (credentials) => startWorkerProcess({ words, environment, credentials, ...recordsInto(log) }),
    issue: (lifeMs) => workerCredentials(queue.keys, settings, lifeMs),
    onStarted: (pid) =>
      log.info(
        { pid, taskQueueId: settings.taskQueueId, capacity: Number(settings.capacity) },
        'the worker beside this server starts',
      ),
    onEnded: (ended, pauseMs) =>
      log.error(
        { ...ended, againInMs: pauseMs },
        'the worker beside this server has ended, and is started again',
      ),
    onStopped: () => log.info('the worker beside this server has stopped'),
  });
}

function workerWords(
  { settings, context }: WorkerBesideOptions,
  { url, doorUrl }: ListeningServer,
): string[] {
  const { taskQueueId, capacity, workerGroup, workerId, engineWords } = settings;
  return [
    ...['worker', 'start', '--parent', '--output', 'json'],
    ...['--root-url', doorUrl, '--public-url', context.flags.text('root-url') ?? url],
    ...['--queue', taskQueueId, '--capacity', capacity],
    ...['--worker-group', workerGroup, '--worker-id', workerId],
    ...engineWords,
  ];
}

/** What a worker of one queue may, and nothing else. */
function workerCredentials(
  { issuer }: ServerKeys,
  { taskQueueId, workerGroup, workerId }: BesideWorkerSettings,
  lifeMs: number,
): Credentials {
  const now = Date.now();
  return createTemporaryCredentials({
    issuer,
    clientId: `worker/${taskQueueId}/${workerGroup}/${workerId}`,
    scopes: [
      `queue:claim-work:${taskQueueId}`,
      `queue:worker-id:${workerGroup}/${workerId}`,
      `purge-cache:purge-requests::${taskQueueId}`,
      'auth:expand-scopes',
      'index:find-task:*',
    ],
    start: now,
    expiry: now + lifeMs,
  });
}

/** What each record of it repeats. */
const SAME = new Set([
  'type',
  'time',
  'provisionerId',
  'workerType',
  'workerGroup',
  'workerId',
  'workerNodeType',
]);
/** Signs of life, for those who read nothing else. */
const QUIET = new Set(['aliveness check']);

/** Its log becomes part of the server's: `worker` marks its lines. */
function recordsInto(log: ServerLogger): Pick<WorkerProcessOptions, 'onRecord' | 'onLine'> {
  return {
    onRecord(record) {
      const type = String(record['type']);
      // Why it could not begin.
      if (type === 'error') return log.error({ hint: record['hint'] }, `worker: ${record['message']}`);
      const facts = Object.fromEntries(Object.entries(record).filter(([name]) => !SAME.has(name)));
      log[QUIET.has(type) ? 'debug' : 'info'](facts, `worker: ${type}`);
    },
    onLine: (line) => log.warn(`worker: ${line}`),
  };
}
