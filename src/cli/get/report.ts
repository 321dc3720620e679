import type { Fetched, FetchProgress } from '../../download-client/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { commandLine } from '../render/command-line.ts';
import { createDownloadBar } from '../render/download-bar.ts';
import { nowAndThen } from '../render/now-and-then.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** What is told of a download. */
export interface GetReport {
  progress(progress: FetchProgress): void;
  notice(text: string): void;
  /** `path`: what there is now; absent: it went to standard output. */
  done(fetched: Omit<Fetched, 'path'>, path?: string): void;
  clear(): void;
}

export function createGetReport(context: CommandContext): GetReport {
  const startedAt = performance.now();
  return wantsJson(context) ? jsonReport(context, startedAt) : plainReport(context, startedAt);
}

function jsonReport({ stdout }: CommandContext, startedAt: number): GetReport {
  return {
    progress: nowAndThen((progress) => stdout.write(commandLine('downloading', progress))),
    notice: (message) => stdout.write(commandLine('download-notice', { message })),
    done({ sizeBytes, sha256, isVerified: verified, resumedBytes }, path = '-') {
      const durationMs = Math.round(performance.now() - startedAt);
      stdout.write(
        commandLine('downloaded', { path, sizeBytes, sha256, verified, resumedBytes, durationMs }),
      );
    },
    clear() {},
  };
}

/** The path goes to standard output, for scripts; all else is for whoever looks on. */
function plainReport({ stdout, stderr }: CommandContext, startedAt: number): GetReport {
  const bar = createDownloadBar(stderr);
  return {
    progress: (progress) => bar.show(progress),
    notice(text) {
      bar.clear();
      stderr.write(`${text}\n`);
    },
    done(fetched, path) {
      bar.clear();
      stderr.write(`${summary(fetched, performance.now() - startedAt)}\n`);
      if (path !== undefined) stdout.write(`${path}\n`);
    },
    clear: () => bar.clear(),
  };
}

function summary({ sizeBytes, resumedBytes, isVerified }: Omit<Fetched, 'path'>, durationMs: number): string {
  const fetchedBytes = sizeBytes - resumedBytes;
  const rate = formatBytes(Math.round((fetchedBytes * 1000) / Math.max(1, durationMs)));
  const before = resumedBytes === 0 ? '' : `, ${formatBytes(resumedBytes)} of it were there`;
  const check = isVerified ? 'SHA-256 checked' : 'no digest to check it with';
  return `${formatBytes(sizeBytes)} in ${formatDuration(durationMs)} (${rate}/s)${before}, ${check}`;
}
