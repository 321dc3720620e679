import { randomBytes } from 'node:crypto';
import type { Box } from '../box.ts';
import { explainBoxEnd } from '../box-end.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import type { CommandOutcome } from '../session/index.ts';
import { type BoxTarget, probeCommand } from './probe-program.ts';
import { createSift } from './sift.ts';

/** What the box says of one of its targets. */
export type BoxNews =
  | { readonly type: 'open' }
  /** An answer over HTTP that is not the wanted one; `''` is none at all. */
  | { readonly type: 'status'; readonly code: string }
  /** The box has no program to look with. */
  | { readonly type: 'skipped' };

/** The looking of a box at ports, going on in its session. */
export interface BoxWatch {
  /** Resolves when the session is free again. Rejects when the box is lost. */
  readonly ended: Promise<void>;
  /** Looks no longer at these targets; they may be open already. */
  giveUp(indexes: readonly number[]): Promise<void>;
}

/**
 * Looks at targets from inside the run's network: in the box, in its session, because that takes 2 ms to begin where one
 * more process from outside takes 95. The session is busy until all are open or given up.
 */
export function watchFromBox(
  context: RunContext,
  box: Box,
  { targets, onNews }: { targets: readonly BoxTarget[]; onNews: (index: number, news: BoxNews) => void },
): BoxWatch {
  const token = `slipway-probe-${randomBytes(8).toString('hex')}`;
  const processes = new Map<number, string>();
  const open = new Set(targets.keys());
  const given = new Set<number>();

  function tell(index: number, news: BoxNews): void {
    if (!open.has(index)) return;
    if (news.type !== 'status') open.delete(index);
    onNews(index, news);
  }

  function take([kind, number, value = '']: readonly string[]): void {
    const index = Number(number);
    if (kind === 'open') tell(index, { type: 'open' });
    if (kind === 'skip') tell(index, { type: 'skipped' });
    if (kind === 'status') tell(index, { type: 'status', code: value });
    if (kind !== 'pid' || !/^\d+$/.test(value)) return;
    processes.set(index, value);
    // Given up before it had begun. Where the engine does not take that, `ended` tells what is lost.
    if (given.has(index)) end([value]).catch(() => undefined);
  }

  async function end(ids: readonly string[]): Promise<void> {
    const command = ['/bin/sh', '-c', 'kill "$@"', 'slipway', ...ids];
    await context.engine.execute(box.id, { command });
  }

  async function look(): Promise<void> {
    const sift = createSift(token, take);
    context.route.sift = (bytes) => sift.take(bytes);
    try {
      const outcome = await box.session.run(probeCommand(targets, token));
      if (outcome.type !== 'finished') throw await lost(context, box, outcome);
    } finally {
      context.route.sift = undefined;
      await context.output(sift.end());
    }
    // A box without a shell at /bin/sh says nothing at all.
    for (const index of [...open]) if (!given.has(index)) tell(index, { type: 'skipped' });
  }

  return {
    ended: look(),
    async giveUp(indexes) {
      for (const index of indexes) given.add(index);
      const ids = indexes.flatMap((index) => processes.get(index) ?? []);
      if (ids.length > 0) await end(ids);
    },
  };
}

async function lost({ engine }: RunContext, box: Box, outcome: CommandOutcome): Promise<RunError> {
  const known = outcome.type === 'container-ended' && outcome.error === undefined;
  const end = known ? await explainBoxEnd(engine, box.id) : outcome;
  if (end.type === 'container-ended' && end.error !== undefined)
    return new RunError({ reason: 'engine', message: end.error.message }, { cause: end.error });
  const why = 'detail' in end && end.detail !== undefined ? end.detail : `its shell is lost (${end.type})`;
  return new RunError({ reason: 'box', message: `the box was lost while services were waited for: ${why}` });
}
