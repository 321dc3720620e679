import type { Engine } from '../../engine/index.ts';
import type { Credentials } from '../../queue-api/index.ts';
import { openQueueClient } from '../../queue-client/index.ts';
import {
  connectWorkerRunner,
  createEc2Metadata,
  createWorkerMetrics,
  type Ec2Metadata,
  ec2Endpoint,
  openTaskParts,
  type RunningWorker,
  removeOwn,
  type Stop,
  serveHealth,
  spotNotice,
  spotTermination,
  startWorker,
  type WorkerMetrics,
  type WorkerPlan,
  type WorkerRunner,
} from '../../worker/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { openProgramTelemetry } from '../program-telemetry.ts';
import { readPort, readWebAddress } from '../read-address.ts';
import type { WorkerForm } from './form.ts';
import { openPipelines } from './open-pipelines.ts';
import { planWorker } from './plan-worker.ts';
import { shutDownMachine } from './shut-down.ts';
import { workerLog } from './worker-log.ts';
import { listenForStops } from './worker-signals.ts';

/** Runs a worker until it stops; gives the exit code. */
export async function runWorker(context: CommandContext, form: WorkerForm): Promise<number> {
  const parent: { runner?: WorkerRunner } = {};
  await using opened = new AsyncDisposableStack();
  const metadata = createEc2Metadata(ec2Endpoint(context.environment));
  try {
    const plan = await planWorker(context, form, metadata);
    const { reason } = await work({ context, form, metadata, opened, parent, plan });
    await shutDownMachine(reason, context.flags, parent.runner);
    return reason === 'unhealthy' ? EXIT.unhealthy : EXIT.passed;
  } catch (error) {
    // A machine that was started for this worker alone goes also where it could not begin.
    if (context.flags.on('shutdown')) await shutDownMachine('refused', context.flags, parent.runner);
    throw error;
  }
}

interface Work {
  readonly context: CommandContext;
  readonly form: WorkerForm;
  readonly metadata: Ec2Metadata;
  readonly opened: AsyncDisposableStack;
  readonly parent: { runner?: WorkerRunner };
  readonly plan: WorkerPlan;
}

async function work(parts: Work): Promise<Stop> {
  const { context, form, opened, parent, plan } = parts;
  const { flags, stderr } = context;
  for (const warning of plan.warnings)
    stderr.write(`${context.program.name}: this setting changes nothing: ${warning}\n`);
  const write = workerLog(context, form.alwaysJson);
  const { identity, settings, alivenessCheckMs, unhealthyLimitMs } = plan;
  const signing = { credentials: plan.credentials };
  const publicUrl = publicUrlOf(flags);
  const queue = opened.use(
    openQueueClient({
      rootUrl: plan.rootUrl,
      credentials: () => signing.credentials,
      ...(publicUrl !== undefined && { publicUrl }),
    }),
  );
  const telemetry = opened.use(
    await openProgramTelemetry(context, 'slipway-worker', (why) =>
      write(`${JSON.stringify({ type: 'telemetry trouble', time: new Date().toISOString(), why })}\n`),
    ),
  );
  const engine = opened.use(await openEngineFor(context));
  const pipelines = opened.use(await openPipelines(context, settings));
  const asksSpot = flags.on('spot') || flags.text('host') === 'aws';
  // Nothing is claimed on a machine that is going to be taken away.
  if (asksSpot && (await spotTermination(parts.metadata)) !== undefined) {
    write(`${JSON.stringify({ type: 'spot termination notice', time: new Date().toISOString() })}\n`);
    return { kind: 'immediate', reason: 'spot-termination' };
  }
  const state: { worker?: RunningWorker } = {};
  const hasParent = flags.on('parent');
  opened.use(listenForStops(() => state.worker, { first: hasParent ? 'graceful' : 'immediate' }));
  const metrics = await serveFigures(parts, state, write);
  const worker = await startWorker({
    ...{ identity, settings, engine, queue, write, alivenessCheckMs, unhealthyLimitMs, telemetry },
    openParts: (options) => openTaskParts({ ...options, runPipeline: pipelines.run }),
    ...(metrics !== undefined && { onRecord: metrics.onRecord }),
  });
  state.worker = worker;
  if (hasParent || flags.text('host') === 'worker-runner')
    parent.runner = opened.use(
      listenToParent(worker, signing, hasParent ? () => leaveWithParent(worker, engine) : undefined),
    );
  if (asksSpot) opened.use(watchSpot(parts.metadata, worker));
  return await worker.ended;
}

/** Health and figures, where a port is given for them. */
async function serveFigures(
  { context: { flags }, opened }: Work,
  state: { readonly worker?: RunningWorker },
  write: (line: string) => void,
): Promise<WorkerMetrics | undefined> {
  const text = flags.text('health-port');
  if (text === undefined) return undefined;
  const port = readPort(text, 0);
  if (port === undefined) throw new UsageError(`--health-port: expected a port, found "${text}"`);
  const metrics = await createWorkerMetrics(() => {
    const { worker } = state;
    return (
      worker && { capacity: worker.capacity, running: worker.running, isWell: worker.trouble === undefined }
    );
  });
  const host = flags.required('health-host');
  const served = await serveHealth({ host, port, metrics, state: () => state.worker });
  opened.use(served);
  write(`${JSON.stringify({ type: 'health', time: new Date().toISOString(), url: served.url })}\n`);
  return metrics;
}

function publicUrlOf(flags: CommandContext['flags']): string | undefined {
  const text = flags.text('public-url');
  return text === undefined ? undefined : readWebAddress(text, 'public-url').href;
}

/** What the parent process says, over standard input; `onGone` where nothing may go on without it. */
function listenToParent(
  worker: RunningWorker,
  signing: { credentials: Credentials | undefined },
  onGone: (() => void) | undefined,
): WorkerRunner {
  return connectWorkerRunner({
    input: process.stdin,
    write: (line) => void process.stdout.write(line),
    onGracefulTermination: (finishTasks) =>
      worker.stop({ kind: finishTasks ? 'graceful' : 'immediate', reason: 'requested' }),
    onCredentials: (credentials) => {
      signing.credentials = credentials;
    },
    onStray: (why) => worker.record('worker-runner error', { why }),
    ...(onGone !== undefined && { onGone }),
  });
}

// Longer than tasks need to end by themselves; what takes more is telling a server that is not there.
const LEAVE_MS = 5_000;

/** The parent was the server, as a rule: nobody takes what would still be said, and a new one may be about to start. */
function leaveWithParent(worker: RunningWorker, engine: Engine): void {
  worker.stop({ kind: 'immediate', reason: 'parent-gone' });
  const leave = async (): Promise<void> => {
    await removeOwn(engine).catch((error: unknown) => worker.record('not removed', { why: String(error) }));
    process.kill(process.pid, 'SIGKILL');
  };
  setTimeout(() => void leave(), LEAVE_MS).unref();
}

/** Stops at once when the cloud is going to take the machine away. */
function watchSpot(metadata: Ec2Metadata, worker: RunningWorker): Disposable {
  const watching = new AbortController();
  void spotNotice(metadata, watching.signal).then((at) => {
    if (at === undefined) return;
    worker.record('spot termination notice', { at });
    worker.stop({ kind: 'immediate', reason: 'spot-termination' });
  });
  return { [Symbol.dispose]: () => watching.abort() };
}
