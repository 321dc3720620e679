import { createClaimCredentials } from '../../auth/index.ts';
import type { Claim } from '../../queue-api/index.ts';
import {
  ClaimAnswer,
  ClaimsAnswer,
  ClaimWork,
  ExceptionReport,
  ReclaimAnswer,
  StatusAnswer,
  WorkerName as WorkerNameSchema,
} from '../../queue-api/schema/index.ts';
import type { NamedClaim } from '../claims/departures.ts';
import { QueueError } from '../error.ts';
import type { ClaimedRun, WorkerName } from '../queue.ts';
import { found, method, type QueueContext } from './queue-context.ts';

const RUN = '/task/<taskId>/runs/<runId>';

/** What workers do: take runs, keep them, say how they ended. */
export const CLAIM_METHODS = [
  method({
    name: 'claimWork',
    verb: 'POST',
    path: '/claim-work/<taskQueueId>',
    about: 'gives a worker pending runs of a queue, most urgent first; waits up to 20 seconds for the first',
    scopes: { AllOf: ['queue:claim-work:<taskQueueId>', 'queue:worker-id:<workerGroup>/<workerId>'] },
    input: ClaimWork,
    output: ClaimsAnswer,
    async handle({ params: { taskQueueId }, body, authorize, header, isWanted, waiting }, context) {
      const { workerGroup, workerId, tasks } = body;
      authorize({ workerGroup, workerId });
      const startedAt = performance.now();
      const worker = { workerGroup, workerId };
      const claim = namedClaim(header(CLAIM_HEADER));
      using departure = context.departures.of({ taskQueueId, ...worker }, claim);
      using limit = limitOf([waiting(), departure.signal], context.claimWaitMs);
      const wish: Wish = {
        ...{ taskQueueId, worker, tasks, claim, signal: limit.signal },
        isWanted: async () => !departure.isReplaced && (await isWanted()),
      };
      const runs = await claimOnce(wish, context);
      context.meter.claimed(runs.length, performance.now() - startedAt);
      return { tasks: runs.map((run) => claimOf(run, worker, context)) };
    },
  }),
  method({
    name: 'claimTask',
    verb: 'POST',
    path: `${RUN}/claim`,
    about: 'gives a worker one run that it names',
    isDeprecated: true,
    scopes: { AllOf: ['queue:claim-task:<taskQueueId>', 'queue:worker-id:<workerGroup>/<workerId>'] },
    input: WorkerNameSchema,
    output: ClaimAnswer,
    async handle({ params: { taskId, runId }, body: worker, authorize }, context) {
      const { taskQueueId } = found(await context.queue.status(taskId), `task ${taskId}`);
      authorize({ taskQueueId, ...worker });
      return claimOf(await context.queue.claimTask(taskId, Number(runId), worker), worker, context);
    },
  }),
  method({
    name: 'reclaimTask',
    verb: 'POST',
    path: `${RUN}/reclaim`,
    about: 'renews the claim of a run, with new credentials',
    scopes: 'queue:reclaim-task:<taskId>/<runId>',
    output: ReclaimAnswer,
    async handle({ params: { taskId, runId } }, context) {
      const run = await context.queue.reclaimTask(taskId, Number(runId));
      const { task, ...claim } = claimOf(run, claimerOf(run), context);
      return claim;
    },
  }),
  method({
    name: 'reportCompleted',
    verb: 'POST',
    path: `${RUN}/completed`,
    about: 'says that a run has ended well',
    scopes: 'queue:resolve-task:<taskId>/<runId>',
    output: StatusAnswer,
    async handle({ params: { taskId, runId } }, { queue, indexCompleted }) {
      const status = await queue.reportCompleted(taskId, Number(runId));
      await indexCompleted(taskId);
      return { status };
    },
  }),
  method({
    name: 'reportFailed',
    verb: 'POST',
    path: `${RUN}/failed`,
    about: 'says that a run has failed',
    scopes: 'queue:resolve-task:<taskId>/<runId>',
    output: StatusAnswer,
    handle: async ({ params: { taskId, runId } }, { queue }) => ({
      status: await queue.reportFailed(taskId, Number(runId)),
    }),
  }),
  method({
    name: 'reportException',
    verb: 'POST',
    path: `${RUN}/exception`,
    about: 'says that a run could not be run to its end',
    scopes: 'queue:resolve-task:<taskId>/<runId>',
    input: ExceptionReport,
    output: StatusAnswer,
    handle: async ({ params: { taskId, runId }, body: { reason } }, { queue }) => ({
      status: await queue.reportException(taskId, Number(runId), reason),
    }),
  }),
];

/** `ID`, and behind a semicolon that it is asked `again`, or for the `last` time; from others than Slipway there is none. */
const CLAIM_HEADER = 'x-slipway-claim';
const CLAIM_NAME = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:;(again|last))?$/;

function namedClaim(text: string | undefined): NamedClaim | undefined {
  const [, id, asked] = CLAIM_NAME.exec(text ?? '') ?? [];
  if (id === undefined) return undefined;
  return { id, asked: asked === 'again' || asked === 'last' ? asked : 'first' };
}

interface Wish {
  readonly taskQueueId: string;
  readonly worker: WorkerName;
  readonly tasks: number;
  readonly claim: NamedClaim | undefined;
  readonly signal: AbortSignal;
  readonly isWanted: () => Promise<boolean>;
}

/** What a claim took before whose answer was lost, and else what there is. */
async function claimOnce(wish: Wish, { queue }: QueueContext): Promise<readonly ClaimedRun[]> {
  const { taskQueueId, worker, claim, ...options } = wish;
  const before = async (): Promise<readonly ClaimedRun[]> =>
    claim === undefined || claim.asked === 'first'
      ? []
      : await queue.claimAgain(taskQueueId, worker, claim.id);
  const lost = await before();
  if (lost.length > 0 || claim?.asked === 'last') return lost;
  const runs = await queue.claimWork(taskQueueId, worker, { ...options, claimId: claim?.id });
  // The earlier try may have taken something at another server, in the moment in which that heard of this one.
  return runs.length > 0 ? runs : await before();
}

/** A signal that aborts with the first of others, and after a time. */
function limitOf(
  others: readonly AbortSignal[],
  limitMs: number,
): { readonly signal: AbortSignal } & Disposable {
  const limit = new AbortController();
  const end = (): void => limit.abort();
  const timer = setTimeout(end, limitMs);
  if (others.some(({ aborted }) => aborted)) end();
  for (const each of others) each.addEventListener('abort', end, { once: true });
  return {
    signal: limit.signal,
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const each of others) each.removeEventListener('abort', end);
    },
  };
}

/** A run as its worker gets it, with credentials that end with the claim. */
function claimOf(run: ClaimedRun, worker: WorkerName, { issuer, now }: QueueContext): Claim {
  const { taskId, runId, task, status, takenUntil } = run;
  const credentials = createClaimCredentials({
    issuer,
    taskId,
    runId,
    ...worker,
    takenUntil,
    scopes: task.scopes,
    now: now(),
  });
  return { status, runId, ...worker, takenUntil: new Date(takenUntil).toISOString(), task, credentials };
}

/** Who holds the claim of a run. */
function claimerOf({ taskId, runId, status }: ClaimedRun): WorkerName {
  const { workerGroup, workerId } = status.runs.find((run) => run.runId === runId) ?? {};
  if (workerGroup !== undefined && workerId !== undefined) return { workerGroup, workerId };
  throw new QueueError('RequestConflict', `Run ${runId} of the task ${taskId} is claimed by nobody.`);
}
