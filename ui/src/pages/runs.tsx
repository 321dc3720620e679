import { useRef } from 'preact/hooks';
import { listRuns, type RunRecord } from '../api/runs.ts';
import { sieved, useList } from '../api/use-list.ts';
import { useRowKeys } from '../keys/row-keys.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { filterOf, SearchFilter, SelectFilter } from '../parts/filters.tsx';
import { matches } from '../parts/matches.ts';
import { MoreOf } from '../parts/more-of.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Skeleton } from '../parts/skeleton.tsx';
import { runAddress } from '../router/addresses.ts';
import type { PageProps } from '../router/routes.ts';
import { RUN_COLUMNS } from '../runs/run-columns.tsx';

const RESULTS = ['running', 'passed', 'failed', 'interrupted', 'lost'];
/** How many runs are looked at for those that somebody wants before they are asked again. */
const LOOKED_AT = 1_000;

/** `/runs` (`?result=`, `?application=`, `?text=`): the runs that are recorded here, the newest first. */
export function Runs(_props: PageProps) {
  useRowKeys();
  const [result, application, text] = [filterOf('result'), filterOf('application'), filterOf('text')];
  const isFiltered = result !== undefined || application !== undefined || text !== undefined;
  const wanted = (run: RunRecord): boolean =>
    (result === undefined || run.result === result) &&
    (application === undefined || run.application.name === application) &&
    (text === undefined || matches(text, textsOf(run)));
  const list = useList(
    `runs ${JSON.stringify([result, application, text])}`,
    isFiltered
      ? sieved((question) => listRuns({}, question), { wanted, atOnce: LOOKED_AT })
      : (question) => listRuns({}, question),
    { changes: [{ kind: 'run' }] },
  );
  const { items, refusal, isLoading, reload } = list;
  // Also those that a filter leaves out now.
  const names = useRef(new Set<string>()).current;
  for (const run of items ?? []) names.add(run.application.name);
  return (
    <>
      <PageHead title="Runs" />
      <div class="filters">
        <SearchFilter name="text" label="Pipeline, branch, commit or message" />
        <SelectFilter name="result" label="Result" all="All results" options={RESULTS} />
        <SelectFilter
          name="application"
          label="Application"
          all="All applications"
          options={[...names].toSorted()}
        />
      </div>
      {refusal !== undefined && (
        <ErrorNote refusal={refusal} what="The runs could not be loaded" onRetry={reload} />
      )}
      {isLoading && <Skeleton lines={8} />}
      {items?.length === 0 && <NoRuns isFiltered={isFiltered} />}
      {items !== undefined && items.length > 0 && (
        <DataTable
          label="Runs"
          columns={RUN_COLUMNS}
          items={items}
          idOf={({ runId }) => runId}
          addressOf={({ runId }) => runAddress(runId)}
        />
      )}
      {items !== undefined && (items.length > 0 || list.hasMore) && <MoreOf list={list} what="runs" />}
    </>
  );
}

const textsOf = ({ runId, application, pipeline, git, message }: RunRecord) => [
  runId,
  application.name,
  pipeline,
  git?.branch,
  git?.commit,
  message,
];

const NoRuns = ({ isFiltered }: { readonly isFiltered: boolean }) =>
  isFiltered ? (
    <Empty title="No run is like this.">
      <p>
        <a href="/runs">Show all runs</a>
      </p>
    </Empty>
  ) : (
    <Empty title="No run has left a record here.">
      <p>A run of this machine does so by itself:</p>
      <pre>slipway build --artifacts</pre>
    </Empty>
  );
