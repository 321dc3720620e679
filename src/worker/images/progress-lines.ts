import type { PullProgress } from '../../engine/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { TaskContext } from '../task/task-context.ts';

/** Between two lines about one image: a hundred layers tell a thousand things in a second. */
const PACE_MS = 5000;

/** What is told of a pull while it goes on: how far it is, or that it did not work and is tried again. */
export type PullNews = PullProgress | PullRetry;

interface PullRetry {
  readonly error: unknown;
  readonly pauseMs: number;
}

/** An error is not the task's last word yet: who reads the log is not left to guess what it waits for. */
export const retryLine = ({ error, pauseMs }: PullRetry): string =>
  `${error instanceof Error ? error.message : String(error)}; trying again in ${Math.ceil(pauseMs / 1000)} s`;

/** Says in a log that an image comes, from time to time how far it is, and that it is there. */
export function createProgressLines({ log, now }: Pick<TaskContext, 'log' | 'now'>, name: string) {
  log.line(`Pulling image ${name}`);
  const layers = new Map<string, { current: number; total: number }>();
  const startedAt = now();
  let saidAt = startedAt;
  return {
    progress(news: PullNews): void {
      if ('pauseMs' in news) {
        log.line(retryLine(news));
        return;
      }
      const { layer, currentBytes, totalBytes } = news;
      if (layer === undefined || currentBytes === undefined || totalBytes === undefined) return;
      layers.set(layer, { current: currentBytes, total: totalBytes });
      if (now() - saidAt < PACE_MS) return;
      saidAt = now();
      const sum = (of: 'current' | 'total'): string =>
        formatBytes([...layers.values()].reduce((bytes, each) => bytes + each[of], 0));
      log.line(`Pulling image ${name}: ${sum('current')} of ${sum('total')}`);
    },
    done(): void {
      log.line(`Image ${name} is here after ${(now() - startedAt) / 1000} seconds`);
    },
  };
}
