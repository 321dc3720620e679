import { newTaskId, type TaskStatus } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { checkFile } from '../submit/check-file.ts';
import { fetchOutput } from '../submit/fetch-output.ts';
import { followSubmission } from '../submit/follow.ts';
import { createSubmitReport, type SubmitReport } from '../submit/report.ts';
import { sendSource } from '../submit/send-source.ts';
import { readSubmission, type Submission } from '../submit/submission.ts';
import { submissionLog, submissionTask } from '../submit/task.ts';
import { readVariables } from '../submit/variables.ts';
import { openTaskQueue, requireServer } from '../tasks/open-queue-client.ts';
import { shownState } from '../tasks/shown-task.ts';
import { readTimes } from '../tasks/task-times.ts';

/** `slipway submit build [TARGET]` */
export async function submitBuild(context: CommandContext): Promise<number> {
  const { flags } = context;
  const startedAt = performance.now();
  const submission = await readSubmission(context);
  const { ignoreFile } = await checkFile(context, submission);
  const report = createSubmitReport(context);
  await using queue = await openTaskQueue(context);
  const taskId = newTaskId();
  const parts = { context, submission, report, queue, taskId };
  await create(parts, ignoreFile);
  const sentMs = performance.now() - startedAt;
  if (!flags.on('follow')) return EXIT.passed;
  const status = await followSubmission(context, { queue, taskId, logName: submissionLog(submission) });
  const fetchedMs = await fetchWanted(parts, status);
  report.finished(status, {
    sentMs: Math.round(sentMs),
    ...timesOf(status),
    fetchedMs: Math.round(fetchedMs),
  });
  return exitCodeOf(status);
}

interface Parts {
  readonly context: CommandContext;
  readonly submission: Submission;
  readonly report: SubmitReport;
  readonly queue: QueueClient;
  readonly taskId: string;
}

/** Sends the source and makes the task. Until that is there Ctrl-C ends all of it. */
async function create(parts: Parts, ignoreFile: string | undefined): Promise<void> {
  const { context, submission, report, queue, taskId } = parts;
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  try {
    const now = Date.now();
    const times = readTimes(context.flags, now);
    const deadline = Date.parse(times.deadline);
    const variables = await readVariables(context, { taskId, now, deadline });
    await requireServer(context, signal);
    await findServer(queue, signal);
    const startedAt = performance.now();
    const source = await sendSource(context, submission, {
      rootUrl: queue.rootUrl,
      ...(ignoreFile !== undefined && { ignoreFile }),
      onProgress: (progress) => report.progress(progress),
      onNotice: (text) => report.notice(text),
      signal,
    });
    report.sent(source, performance.now() - startedAt);
    const task = submissionTask(context, { submission, source, variables, times });
    const { taskQueueId } = await queue.createTask(taskId, task, { signal });
    report.created({ taskId, taskQueueId, rootUrl: queue.rootUrl });
  } catch (error) {
    throw signal.aborted ? new CommandError('interrupted', 'No task was created.') : error;
  }
}

/** Says what is wrong with the address before anything is read or sent. */
async function findServer(queue: QueueClient, signal: AbortSignal): Promise<void> {
  if (await queue.isSlipway({ signal })) return;
  throw new CommandError(
    `${queue.rootUrl} is not a Slipway server, and only those take the source of a build`,
    'Is that its address (--root-url, TASKCLUSTER_ROOT_URL)? Tasks with an image go to any queue: `slipway task create`.',
  );
}

/** Fetches the output of a run that passed, where that is wanted; says how long it took. */
async function fetchWanted(parts: Parts, status: TaskStatus): Promise<number> {
  const { context, submission, report, queue, taskId } = parts;
  const isWanted = context.flags.on('fetch') && submission.pipeline.artifacts !== false;
  if (!isWanted || status.state !== 'completed') return 0;
  const startedAt = performance.now();
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  try {
    const runId = status.runs.length - 1;
    const output = await fetchOutput(context, submission, { queue, taskId, runId, signal });
    if (output === undefined) return 0;
    report.fetched(output);
    return performance.now() - startedAt;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new CommandError(
      'interrupted',
      `The run passed; \`slipway task artifacts ${taskId}\` has its output.`,
    );
  }
}

/** Of the last run, as the queue saw it. */
function timesOf({ runs }: TaskStatus): { readonly waitedMs: number; readonly ranMs: number } {
  const run = runs.at(-1);
  const [scheduled, started, resolved] = [run?.scheduled, run?.started, run?.resolved].map((moment) =>
    moment === undefined ? undefined : Date.parse(moment),
  );
  if (scheduled === undefined || started === undefined) return { waitedMs: 0, ranMs: 0 };
  return { waitedMs: started - scheduled, ranMs: (resolved ?? started) - started };
}

/** As the run ended; a task that ended for another reason has an exit code of its own. */
function exitCodeOf(status: TaskStatus): number {
  if (status.state === 'completed') return EXIT.passed;
  if (status.state === 'failed') return EXIT.failed;
  throw new CommandError(
    `the task ended without a result: ${shownState(status)}`,
    EXCEPTION_HINTS[status.runs.at(-1)?.reasonResolved ?? ''],
    EXIT.taskException,
  );
}

const EXCEPTION_HINTS: Readonly<Record<string, string>> = {
  'deadline-exceeded':
    'Does a worker serve this queue, and has it time? --deadline TIME gives the task more.',
  'malformed-payload':
    'The log says what of the payload the worker does not understand: is it as new as this program?',
  'claim-expired': 'Its workers were lost, and no retry is left: `slipway task rerun` runs it once more.',
  'worker-shutdown':
    'Its workers were stopped, and no retry is left: `slipway task rerun` runs it once more.',
};
