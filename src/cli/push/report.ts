import type { CacheError, Pushed, PushProgress } from '../../cache/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../render/command-line.ts';
import { createDownloadBar } from '../render/download-bar.ts';
import { nowAndThen } from '../render/now-and-then.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** What is told of a push to one cache. Dispose it in any case. */
export interface PushReport extends Disposable {
  progress(progress: PushProgress): void;
  notice(text: string): void;
  done(pushed: Pushed): void;
  failed(error: CacheError): void;
}

export function createPushReport(context: CommandContext, cache: string): PushReport {
  const startedAt = performance.now();
  return wantsJson(context) ? jsonReport(context, cache, startedAt) : plainReport(context, cache, startedAt);
}

function jsonReport({ stdout }: CommandContext, cache: string, startedAt: number): PushReport {
  return {
    progress: nowAndThen((progress) => stdout.write(commandLine('cache-pushing', { cache, ...progress }))),
    notice: (message) => stdout.write(commandLine('cache-push-notice', { cache, message })),
    done: (pushed) =>
      stdout.write(
        commandLine('cache-pushed', {
          cache,
          ...pushed,
          durationMs: Math.round(performance.now() - startedAt),
        }),
      ),
    failed: ({ code, message, hint }) =>
      stdout.write(
        commandLine('cache-push-failed', { cache, code, message, ...(hint !== undefined && { hint }) }),
      ),
    [Symbol.dispose]() {},
  };
}

/** What was done goes to standard output; all else is for whoever looks on. */
function plainReport({ stdout, stderr }: CommandContext, cache: string, startedAt: number): PushReport {
  const bar = createDownloadBar(stderr);
  return {
    progress: ({ doneBytes, totalBytes }) => bar.show({ doneBytes, sizeBytes: totalBytes }),
    notice(text) {
      bar.clear();
      stderr.write(`${text}\n`);
    },
    done(pushed) {
      bar.clear();
      stdout.write(`${cache}: ${summary(pushed, performance.now() - startedAt)}\n`);
    },
    failed({ message, hint }) {
      bar.clear();
      const where = message.includes(cache) ? '' : `${cache}: `; // most messages say it themselves
      stderr.write(`${where}${message}\n${hint === undefined ? '' : `${hint}\n`}`);
    },
    [Symbol.dispose]: () => bar.clear(),
  };
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function summary({ moved, kept, objects, sentObjects, sentBytes }: Pushed, durationMs: number): string {
  if (moved.length === 0) return `has ${kept.length === 1 ? 'it' : `all ${kept.length}`} already`;
  const there = objects - sentObjects;
  const rate = formatBytes(Math.round((sentBytes * 1000) / Math.max(1, durationMs)));
  const sent =
    sentObjects === 0
      ? `nothing to send in ${formatDuration(durationMs)}`
      : `sent ${count(sentObjects, 'object')}, ${formatBytes(sentBytes)} in ${formatDuration(durationMs)} (${rate}/s)`;
  const before = there === 0 ? '' : `; ${there} of ${count(objects, 'object')} were there`;
  const same = kept.length === 0 ? '' : `, ${kept.length} there already`;
  return `${sent}${before}; ${count(moved.length, 'ref')} pushed${same}`;
}
