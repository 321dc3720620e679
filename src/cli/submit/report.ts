import type { PushProgress } from '../../cache/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import type { TaskStatus } from '../../queue-api/index.ts';
import { counted } from '../cached-artifacts/tree-lines.ts';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../render/command-line.ts';
import { createDownloadBar } from '../render/download-bar.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createStyle, usesColour } from '../render/style.ts';
import { shownState, shownTask } from '../tasks/shown-task.ts';
import type { FetchedOutput } from './fetch-output.ts';
import type { SentSource } from './send-source.ts';

/** How long each part took, in milliseconds. */
export interface SubmitTimes {
  readonly sentMs: number;
  readonly waitedMs: number;
  readonly ranMs: number;
  readonly fetchedMs: number;
}

/** What is told of a submission. */
export interface SubmitReport {
  progress(progress: PushProgress): void;
  notice(text: string): void;
  sent(source: SentSource, durationMs: number): void;
  created(task: { readonly taskId: string; readonly taskQueueId: string; readonly rootUrl: string }): void;
  fetched(output: FetchedOutput): void;
  finished(status: TaskStatus, times: SubmitTimes): void;
}

export const createSubmitReport = (context: CommandContext): SubmitReport =>
  wantsJson(context) ? jsonReport(context) : plainReport(context);

const sentFacts = ({ ref, commit, tree, uploaded }: SentSource, durationMs: number) => ({
  ref,
  commit,
  files: tree.files,
  sizeBytes: tree.sizeBytes,
  ...uploaded,
  durationMs,
});

function jsonReport({ stdout }: CommandContext): SubmitReport {
  return {
    progress() {},
    notice: (message) => void stdout.write(commandLine('submit-notice', { message })),
    sent: (source, durationMs) =>
      void stdout.write(commandLine('source-sent', sentFacts(source, durationMs))),
    created: (task) => void stdout.write(commandLine('task-created', task)),
    fetched: (output) => void stdout.write(commandLine('output-fetched', output)),
    finished(status, times) {
      stdout.write(commandLine('task', shownTask(status)));
      stdout.write(commandLine('submit-finished', { taskId: status.taskId, state: status.state, ...times }));
    },
  };
}

/** The log alone goes to standard output. */
function plainReport(context: CommandContext): SubmitReport {
  const { stderr, program } = context;
  const bar = createDownloadBar(stderr);
  const style = createStyle(usesColour(stderr, context));
  const say = (text: string): void => {
    bar.clear();
    stderr.write(`${text}\n`);
  };
  return {
    progress: ({ doneBytes, totalBytes }) => bar.show({ doneBytes, sizeBytes: totalBytes }),
    notice: say,
    sent({ tree, uploaded }, durationMs) {
      const all = `${counted(tree.files, 'file')}, ${formatBytes(tree.sizeBytes)}`;
      const { sentObjects, sentBytes } = uploaded;
      const what =
        sentObjects === 0
          ? 'the fleet has all of it'
          : `${counted(sentObjects, 'object')} with ${formatBytes(sentBytes)} sent`;
      say(`Source: ${all}; ${what} (${formatDuration(durationMs)})`);
    },
    created({ taskId, taskQueueId }) {
      say(
        `Task ${style(taskId, 'yellow')} in ${taskQueueId}; \`${program.name} task log ${taskId}\` shows it`,
      );
    },
    fetched: ({ folder, files, sizeBytes }) =>
      say(`Output: ${counted(files, 'file')}, ${formatBytes(sizeBytes)} in ${folder}`),
    finished(status, { sentMs, waitedMs, ranMs, fetchedMs }) {
      const parts = [
        `sent ${formatDuration(sentMs)}`,
        `waited ${formatDuration(waitedMs)}`,
        `ran ${formatDuration(ranMs)}`,
        ...(fetchedMs > 0 ? [`fetched ${formatDuration(fetchedMs)}`] : []),
      ];
      say(`${status.taskId}: ${shownState(status)} (${parts.join(', ')})`);
    },
  };
}
