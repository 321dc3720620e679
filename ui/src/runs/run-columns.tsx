import type { RunRecord } from '../api/runs.ts';
import { Bytes } from '../parts/bytes.tsx';
import type { Column } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { runAddress } from '../router/addresses.ts';

const SHORT_COMMIT = 8;

/** What a list of runs says of each. */
export const RUN_COLUMNS: readonly Column<RunRecord>[] = [
  { title: 'Result', kind: 'state', cell: ({ result }) => <StateBadge state={result} /> },
  { title: 'Run', kind: 'main', cell: (run) => <RunName run={run} /> },
  { title: 'Source', cell: ({ git }) => <Source git={git} /> },
  { title: 'Artifacts', kind: 'number', cell: ({ artifacts }) => <Artifacts artifacts={artifacts} /> },
  { title: 'Started', kind: 'number', cell: ({ startedAt }) => <Age at={startedAt} /> },
  {
    title: 'Time',
    kind: 'number',
    cell: ({ startedAt, finishedAt, result }) =>
      // What was lost has no end that anybody knows.
      (finishedAt !== undefined || result === 'running') && <Duration from={startedAt} to={finishedAt} />,
  },
];

const RunName = ({ run }: { readonly run: RunRecord }) => (
  <>
    <a href={runAddress(run.runId)}>
      {run.application.name}: {run.pipeline}
    </a>
    <span class="cell-sub">{run.message ?? <code>{run.runId}</code>}</span>
  </>
);

/** Of which branch and commit. */
export const Source = ({ git }: { readonly git: RunRecord['git'] }) =>
  git === undefined ? null : (
    <span class="source">
      {git.branch}
      {git.commit !== undefined && (
        <>
          {' '}
          <code class="dim" title={git.commit}>
            {git.commit.slice(0, SHORT_COMMIT)}
          </code>
        </>
      )}
    </span>
  );

const Artifacts = ({ artifacts }: Pick<RunRecord, 'artifacts'>) =>
  artifacts.length === 0 ? null : (
    <>
      {artifacts.length}, <Bytes value={artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)} />
    </>
  );
