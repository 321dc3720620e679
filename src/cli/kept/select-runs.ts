import { openRunCatalog, type RunRecord } from '../../artifacts/index.ts';
import type { ObjectStore } from '../../store/index.ts';

/** Which runs are listed; absent: all of them. */
export interface RunFilter {
  /** By id or name. */
  readonly application?: string;
  readonly pipeline?: string;
  readonly result?: string;
  /** That started then or later, in milliseconds since the epoch. */
  readonly since?: number;
  readonly limit: number;
}

export interface SelectedRuns {
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** Ids of runs whose record cannot be read, of those that were looked at. */
  readonly damaged: readonly string[];
}

const FILTERED_PAGE = 100; // what a filter leaves of a page may be little, and each page lists the store anew

const is = (wanted: string | undefined, ...found: readonly string[]): boolean =>
  wanted === undefined || found.includes(wanted);

function isSelected(run: RunRecord, { application, pipeline, result, since = 0 }: RunFilter): boolean {
  const { id, name } = run.application;
  return (
    is(application, id, name) &&
    is(pipeline, run.pipeline) &&
    is(result, run.result) &&
    run.startedAt >= since
  );
}

const hasFilter = ({ application, pipeline, result, since }: RunFilter): boolean =>
  [application, pipeline, result, since].some((each) => each !== undefined);

/** Reads no more records than it has to: page by page, until there are enough, or all of a page began too early. */
export async function selectRuns(store: ObjectStore, filter: RunFilter): Promise<SelectedRuns> {
  const catalog = openRunCatalog(store);
  const runs: RunRecord[] = [];
  const damaged: string[] = [];
  const pageSize = hasFilter(filter) ? FILTERED_PAGE : filter.limit;
  let after: string | undefined;
  do {
    const page = await catalog.list({ limit: pageSize, ...(after !== undefined && { after }) });
    runs.push(...page.runs.filter((run) => isSelected(run, filter)));
    damaged.push(...page.damaged);
    after = page.next;
    const { since } = filter;
    if (since !== undefined && page.runs.length > 0 && page.runs.every(({ startedAt }) => startedAt < since))
      break;
  } while (after !== undefined && runs.length < filter.limit);
  return { runs: runs.slice(0, filter.limit), damaged };
}
