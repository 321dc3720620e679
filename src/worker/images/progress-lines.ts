import type { PullProgress } from '../../engine/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { TaskContext } from '../task/task-context.ts';

/** Between two lines about one image: a hundred layers tell a thousand things in a second. */
const PACE_MS = 5000;

/** Says in a log that an image comes, from time to time how far it is, and that it is there. */
export function createProgressLines({ log, now }: Pick<TaskContext, 'log' | 'now'>, name: string) {
  log.line(`Pulling image ${name}`);
  const layers = new Map<string, { current: number; total: number }>();
  const startedAt = now();
  let saidAt = startedAt;
  return {
    progress({ layer, currentBytes, totalBytes }: PullProgress): void {
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
