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

export interface BoxWatchOptions {
  readonly targets: readonly BoxTarget[];
  /** At most once `open` or `skipped` for each target. */
  readonly onNews: (index: number, news: BoxNews) => void;
}

/**
 * Looks at targets from inside the run's network: in the box, in its session, because that takes 2 ms to begin where one
 * more process from outside takes 95. The session is busy until all are open or given up.
 */
export function watchFromBox(context: RunContext, box: Box, options: BoxWatchOptions): BoxWatch {
  const given = new Set<number>();
  const kill = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    await context.engine.execute(box.id, { command: ['/bin/sh', '-c', 'kill "$@"', 'slipway', ...ids] });
  };
  const answers = createAnswers(options, (index, id) => {
    // Given up before it had begun. Where the engine does not take that, `ended` tells what is lost.
    if (given.has(index)) kill([id]).catch(() => undefined);
  });
  return {
    ended: look(context, box, { ...options, answers, given }),
    async giveUp(indexes) {
      for (const index of indexes) given.add(index);
      await kill(indexes.flatMap((index) => answers.processes.get(index) ?? []));
    },
  };
}

interface Answers {
  /** The ids of the processes that look, by target. */
  readonly processes: ReadonlyMap<number, string>;
  /** Takes one line of the box's answer. */
  take(words: readonly string[]): void;
  tell(index: number, news: BoxNews): void;
}

function createAnswers(
  { targets, onNews }: BoxWatchOptions,
  onProcess: (index: number, id: string) => void,
): Answers {
  const processes = new Map<number, string>();
  const waited = new Set(targets.keys());
  const tell: Answers['tell'] = (index, news) => {
    if (!waited.has(index)) return;
    if (news.type !== 'status') waited.delete(index);
    onNews(index, news);
  };
  return {
    processes,
    tell,
    take([kind, number, value = '']) {
      const index = Number(number);
      if (kind === 'open') tell(index, { type: 'open' });
      if (kind === 'skip') tell(index, { type: 'skipped' });
      if (kind === 'status') tell(index, { type: 'status', code: value });
      if (kind !== 'pid' || !/^\d+$/.test(value)) return;
      processes.set(index, value);
      onProcess(index, value);
    },
  };
}

async function look(
  context: RunContext,
  box: Box,
  { targets, answers, given }: BoxWatchOptions & { answers: Answers; given: ReadonlySet<number> },
): Promise<void> {
  const token = `slipway-probe-${randomBytes(8).toString('hex')}`;
  const sift = createSift(token, answers.take);
  context.route.sift = (bytes) => sift.take(bytes);
  try {
    const outcome = await box.session.run(probeCommand(targets, token));
    if (outcome.type !== 'finished') throw await lost(context, box, outcome);
  } finally {
    context.route.sift = undefined;
    await context.output(sift.end());
  }
  // A box without a shell at /bin/sh says nothing at all.
  for (const index of targets.keys()) if (!given.has(index)) answers.tell(index, { type: 'skipped' });
}

async function lost({ engine }: RunContext, box: Box, outcome: CommandOutcome): Promise<RunError> {
  const known = outcome.type === 'container-ended' && outcome.error === undefined;
  const end = known ? await explainBoxEnd(engine, box.id) : outcome;
  if (end.type === 'container-ended' && end.error !== undefined)
    return new RunError({ reason: 'engine', message: end.error.message }, { cause: end.error });
  const why = 'detail' in end && end.detail !== undefined ? end.detail : `its shell is lost (${end.type})`;
  return new RunError({ reason: 'box', message: `the box was lost while services were waited for: ${why}` });
}
