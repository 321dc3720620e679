import type { CacheNow, QueueNow } from '../../../src/page/wire.ts';
import { bytesText, countText, percentText } from '../parts/format.ts';

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
  readonly href: string;
}

/** One number that leads to what it counts. */
const Figure = ({ name, value, note, href }: FigureProps) => (
  <a class="figure" href={href}>
    <span class="figure-name">{name}</span>
    <span class="figure-value">{value}</span>
    {note !== undefined && <span class="figure-note">{note}</span>}
  </a>
);

interface FiguresProps {
  readonly queues: readonly QueueNow[] | undefined;
  readonly cache: CacheNow | undefined;
}

/** What goes on in numbers; those that have not come yet are a dash. */
export const Figures = ({ queues, cache }: FiguresProps) => (
  <div class="figures">
    <Figure name="Running" href="/tasks?state=running" {...runningOf(queues)} />
    <Figure name="Waiting" href="/tasks?state=pending" {...waitingOf(queues)} />
    <Figure name="Workers" href="/queues" {...workersOf(queues)} />
    <Figure name="Cache hit rate" href="/cache" {...hitsOf(cache)} />
    <Figure name="Cache size" href="/cache" {...sizeOf(cache)} />
  </div>
);

const NOT_YET = { value: '–' };

type Shown = Pick<FigureProps, 'value' | 'note'>;

const sumOf = (queues: readonly QueueNow[], count: (queue: QueueNow) => number): number =>
  queues.reduce((sum, queue) => sum + count(queue), 0);

const several = (count: number, one: string): string => `${countText(count)} ${one}${count === 1 ? '' : 's'}`;

function runningOf(queues: FiguresProps['queues']): Shown {
  if (queues === undefined) return NOT_YET;
  return { value: countText(sumOf(queues, ({ claimed }) => claimed)), note: 'tasks with a worker' };
}

function waitingOf(queues: FiguresProps['queues']): Shown {
  if (queues === undefined) return NOT_YET;
  const waiting = queues.filter(({ pending }) => pending > 0).length;
  return {
    value: countText(sumOf(queues, ({ pending }) => pending)),
    note: waiting === 0 ? 'nothing waits' : `in ${several(waiting, 'queue')}`,
  };
}

function workersOf(queues: FiguresProps['queues']): Shown {
  if (queues === undefined) return NOT_YET;
  const busy = sumOf(queues, ({ workers }) => workers.filter(({ running }) => running.length > 0).length);
  return {
    value: countText(sumOf(queues, ({ workerCount }) => workerCount)),
    note: `${countText(busy)} at work`,
  };
}

/** Of what was asked for since the server was started; before anything was, there is no rate. */
export function hitsOf(cache: CacheNow | undefined): Shown {
  if (cache === undefined) return NOT_YET;
  const asked = cache.hits + cache.misses;
  if (asked === 0) return { value: '–', note: 'nothing asked for yet' };
  return { value: percentText(cache.hits / asked), note: `of ${several(asked, 'question')}` };
}

function sizeOf(cache: CacheNow | undefined): Shown {
  if (cache === undefined) return NOT_YET;
  const { refs, repositoryBytes, quotaBytes } = cache;
  const quota = quotaBytes === undefined ? '' : ` of ${bytesText(quotaBytes)}`;
  return {
    value: repositoryBytes === undefined ? '–' : bytesText(repositoryBytes),
    note: `${several(refs, 'ref')}${quota}`,
  };
}
