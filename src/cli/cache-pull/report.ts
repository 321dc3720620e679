import type { PullProgress } from '../../cache/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import type { CachePullLines } from '../events-schema/cache-pull-lines.ts';
import { commandLine } from '../render/command-line.ts';
import { createDownloadBar } from '../render/download-bar.ts';
import { nowAndThen } from '../render/now-and-then.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** What is told of a pull. */
export interface PullReport {
  progress(progress: PullProgress): void;
  notice(message: string): void;
  pulled(artifact: CachePullLines['cache-pulled']): void;
  failed(artifact: CachePullLines['cache-pull-failed']): void;
  finished(totals: Omit<CachePullLines['cache-pull-finished'], 'durationMs'>): void;
  /** Before anything else is printed. */
  clear(): void;
}

export function createPullReport(context: CommandContext): PullReport {
  const startedAt = performance.now();
  return wantsJson(context) ? jsonReport(context, startedAt) : plainReport(context, startedAt);
}

const sinceMs = (startedAt: number): number => Math.round(performance.now() - startedAt);

function jsonReport({ stdout }: CommandContext, startedAt: number): PullReport {
  return {
    progress: nowAndThen((progress) => stdout.write(commandLine('cache-pulling', progress))),
    notice: (message) => stdout.write(commandLine('cache-pull-notice', { message })),
    pulled: (artifact) => stdout.write(commandLine('cache-pulled', artifact)),
    failed: (artifact) => stdout.write(commandLine('cache-pull-failed', artifact)),
    finished: (totals) =>
      stdout.write(commandLine('cache-pull-finished', { ...totals, durationMs: sinceMs(startedAt) })),
    clear() {},
  };
}

/** The names of artifacts that are here go to standard output, for scripts; all else is for whoever looks on. */
function plainReport({ stdout, stderr }: CommandContext, startedAt: number): PullReport {
  const bar = createDownloadBar(stderr);
  const say = (text: string): void => {
    bar.clear();
    stderr.write(`${text}\n`);
  };
  return {
    progress({ doneObjects, totalObjects, doneBytes, totalBytes }) {
      const note = `${doneObjects} of ${totalObjects} objects`;
      bar.show({ doneBytes, ...(totalBytes === undefined ? { note } : { sizeBytes: totalBytes }) });
    },
    notice: say,
    pulled({ ref, cache, wasHere }) {
      bar.clear();
      stderr.write(wasHere ? `Here already, as ${cache} has it:\n` : `Pulled from ${cache}:\n`);
      stdout.write(`${ref}\n`);
    },
    failed: ({ ref, reasons }) =>
      say([`Not pulled: ${ref}`, ...reasons.map((reason) => `  ${reason}`)].join('\n')),
    finished({ pulled, fetchedObjects, fetchedBytes }) {
      if (pulled > 0) say(summary(fetchedObjects, fetchedBytes, sinceMs(startedAt)));
    },
    clear: () => bar.clear(),
  };
}

function summary(objects: number, bytes: number, durationMs: number): string {
  const took = formatDuration(durationMs);
  if (objects === 0) return `Nothing had to be fetched (${took})`;
  const rate = formatBytes(Math.round((bytes * 1000) / Math.max(1, durationMs)));
  const what = `${objects} ${objects === 1 ? 'object' : 'objects'}`;
  return `${what}, ${formatBytes(bytes)} in ${took} (${rate}/s), all checked`;
}
