import { useRef } from 'preact/hooks';
import { getRun, type RunRecord } from '../api/runs.ts';
import { useResource } from '../api/use-resource.ts';
import { LaterLogView } from '../log/later-log-view.tsx';
import { readLineRange } from '../log/line-hash.ts';
import type { OpenLog } from '../log/log-client.ts';
import { useOpenLog } from '../log/use-open-log.ts';
import { Icon } from '../parts/icon.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ResourceView } from '../parts/resource-view.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { Views } from '../parts/views.tsx';
import { here } from '../router/location.ts';
import type { PageProps } from '../router/routes.ts';
import { recordedParts } from '../run/recorded-parts.ts';
import { RunArtifacts } from '../run/run-artifacts.tsx';
import { LaterTimeline } from '../steps/later-timeline.tsx';
import { StepList } from '../steps/step-list.tsx';
import { partsOf } from '../steps/steps-of.ts';
import { useStepEvents } from '../steps/use-step-events.ts';

/** `/runs/ID`: one recorded run: its steps, log, timeline and artifacts. */
export function Run({ params }: PageProps) {
  const runId = params['runId'] ?? '';
  const path = `/api/v1/runs/${encodeURIComponent(runId)}`;
  const resource = useResource(`run ${runId}`, (signal) => getRun(runId, signal), {
    changes: [{ kind: 'run', runId }],
  });
  const run = resource.data;
  // Asked for at once: what is longest is not waited for.
  const isThere = resource.refusal === undefined;
  const log = useOpenLog(isThere ? `${path}/log` : undefined);
  const events = useStepEvents(isThere ? `${path}/events` : undefined);
  return (
    <>
      <RunHead runId={runId} run={run} />
      <ResourceView
        resource={resource}
        what="The run could not be loaded"
        absent={`There is no run ${runId} here`}
      >
        {(found) => <RunViews run={found} log={log} events={events} path={path} />}
      </ResourceView>
    </>
  );
}

function RunHead({ runId, run }: { readonly runId: string; readonly run: RunRecord | undefined }) {
  if (run === undefined)
    return <PageHead title="Run" tabTitle={`Run ${runId}`} trail={<a href="/runs">Runs</a>} />;
  const { application, pipeline, git, kind, startedAt, finishedAt, result, partOf, cachedFrom } = run;
  return (
    <PageHead
      title={`${application.name}: ${pipeline}`}
      trail={<a href="/runs">Runs</a>}
      beside={<StateBadge state={result} />}
      facts={
        <>
          <span>
            <code>{runId}</code>
          </span>
          <span>{kind}</span>
          {git !== undefined && (
            <span>
              <code>{[git.branch, git.commit?.slice(0, 12)].filter(Boolean).join(' @ ')}</code>
            </span>
          )}
          <span>
            began <Age at={startedAt} />
          </span>
          {/* When a lost one ended is not known. */}
          {(result === 'running' || finishedAt !== undefined) && (
            <Duration from={startedAt} to={finishedAt} />
          )}
          {partOf !== undefined && (
            <span>
              for the run <a href={`/runs/${encodeURIComponent(partOf)}`}>{partOf}</a>
            </span>
          )}
          {cachedFrom !== undefined && (
            <span>
              from the cache: made by{' '}
              <a href={`/runs/${encodeURIComponent(cachedFrom.runId)}`}>{cachedFrom.runId}</a>
            </span>
          )}
        </>
      }
      actions={
        run.download !== undefined && (
          <a class="button primary" href={run.download} download>
            <Icon name="download" />
            Download artifact
          </a>
        )
      }
    />
  );
}

interface RunViewsProps {
  readonly run: RunRecord;
  readonly log: OpenLog | undefined;
  readonly events: ReturnType<typeof useStepEvents>;
  readonly path: string;
}

function RunViews({ run, log, events, path }: RunViewsProps) {
  // A link to a line leads to the log; a line that is picked among the steps stays there.
  const first = useRef(readLineRange(here.value.hash) === undefined ? 'steps' : 'log').current;
  const current = here.value.query.get('view') ?? first;
  // Of those that ended the last events may still be on their way.
  const ended = run.result !== 'running' && events.isWhole ? { at: run.finishedAt } : undefined;
  const parts = events.events.length > 0 ? partsOf(events.events, ended) : recordedParts(run);
  const rawUrl = `${path}/log?follow=false`;
  const fileName = `${run.runId}.log`;
  const views = [
    { id: 'steps', title: 'Steps' },
    { id: 'log', title: 'Log' },
    { id: 'timeline', title: 'Timeline' },
    { id: 'artifacts', title: 'Artifacts', count: run.artifacts.length },
  ];
  return (
    <>
      {run.message !== undefined && <p class="run-message">{run.message}</p>}
      {run.result === 'lost' && (
        <p class="run-message">
          Nobody knows how this run ended: the Slipway that ran it was killed, or its machine was.
        </p>
      )}
      <Views label="Views of the run" views={views} current={current} />
      {current === 'steps' && <StepList parts={parts.parts} {...{ log, rawUrl, fileName }} />}
      {current === 'log' && log !== undefined && (
        <LaterLogView
          label="Log of the run"
          isLive={run.result === 'running'}
          {...{ log, rawUrl, fileName }}
        />
      )}
      {current === 'timeline' && <LaterTimeline parts={parts} />}
      {current === 'artifacts' && <RunArtifacts run={run} />}
    </>
  );
}
