import { EngineError } from '../../engine/index.ts';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { type BoxNews, type BoxWatch, watchFromBox } from './box-watch.ts';
import type { BoxTarget } from './probe-program.ts';

/** How the looking at one port ended. */
export type PortOutcome = 'open' | 'skipped' | 'given up';

export interface PortQuestion {
  readonly target: BoxTarget;
  /** Aborts to look no longer, while the others are looked at. */
  readonly enough?: AbortSignal;
  /** Is told of answers over HTTP that are not the wanted one. */
  readonly onStatus?: (code: string) => void;
}

/** All ports that are waited for, of all services: the box looks at them together. */
export interface PortWatch {
  /** To be asked before `begin`. */
  ask(question: PortQuestion): Promise<PortOutcome>;
  /** Looks at all that was asked, and resolves when the box's session is free again. */
  begin(box: Box): Promise<void>;
  /** Gives up all that is not open yet. */
  stop(): Promise<void>;
}

interface Asked extends PortQuestion {
  readonly answer: PromiseWithResolvers<PortOutcome>;
}

export function createPortWatch(context: RunContext): PortWatch {
  const asked: Asked[] = [];
  let watch: BoxWatch | undefined;
  let stopped = false;

  const onNews = (index: number, news: BoxNews): void => {
    const question = asked[index];
    if (news.type === 'status') question?.onStatus?.(news.code);
    else question?.answer.resolve(news.type);
  };

  async function giveUp(indexes: readonly number[]): Promise<void> {
    for (const index of indexes) asked[index]?.answer.resolve('given up');
    try {
      await watch?.giveUp(indexes);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // The box or the engine is lost, and `begin` tells that.
    }
  }

  return {
    ask(question) {
      const answer = Promise.withResolvers<PortOutcome>();
      const index = asked.push({ ...question, answer }) - 1;
      question.enough?.addEventListener('abort', () => void giveUp([index]), { once: true });
      return answer.promise;
    },
    async begin(box) {
      if (asked.length === 0 || stopped) return;
      watch = watchFromBox(context, box, { targets: asked.map(({ target }) => target), onNews });
      await watch.ended;
    },
    async stop() {
      stopped = true;
      await giveUp([...asked.keys()]);
    },
  };
}
