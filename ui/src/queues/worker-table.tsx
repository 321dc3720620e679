import type { WorkerNow } from '../../../src/page/wire.ts';
import { serverNow } from '../api/clock.ts';
import { getWorker, quarantineWorker, type WorkerName } from '../api/queues.ts';
import { may } from '../api/session.ts';
import { useResource } from '../api/use-resource.ts';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { taskAddress } from '../router/addresses.ts';
import { QuarantineButton } from './quarantine-button.tsx';
import { workerState } from './worker-state.ts';

interface WorkerTableProps {
  readonly taskQueueId: string;
  readonly workers: readonly WorkerNow[];
  readonly onChanged: () => void;
}

/** The workers of a queue: what each does now, and whether it may get more. */
export function WorkerTable({ taskQueueId, workers, onChanged }: WorkerTableProps) {
  const columns: readonly Column<WorkerNow>[] = [
    {
      title: 'Worker',
      kind: 'main',
      cell: ({ workerGroup, workerId }) => (
        <>
          <strong>{workerId}</strong>
          <span class="cell-sub">{workerGroup}</span>
        </>
      ),
    },
    {
      title: 'State',
      kind: 'state',
      cell: (worker) => <StateBadge state={workerState(worker, serverNow())} />,
    },
    {
      title: 'Runs now',
      kind: 'wide',
      cell: (worker) => <Doing worker={worker} taskQueueId={taskQueueId} />,
    },
    { title: 'Last seen', kind: 'number', cell: ({ lastDateActive }) => <Age at={lastDateActive} /> },
    { title: 'First seen', kind: 'number', cell: ({ firstClaim }) => <Age at={firstClaim} /> },
    ...(may.value.manageWorkers
      ? [{ title: 'Tasks', cell: (worker: WorkerNow) => <Rights {...{ worker, taskQueueId, onChanged }} /> }]
      : []),
  ];
  return (
    <DataTable
      label="Workers"
      columns={columns}
      items={workers}
      idOf={({ workerGroup, workerId }) => `${workerGroup}/${workerId}`}
    />
  );
}

interface OneWorker {
  readonly worker: WorkerNow;
  readonly taskQueueId: string;
}

function Doing({ worker, taskQueueId }: OneWorker) {
  const isQuarantined = workerState(worker, serverNow()) === 'quarantined';
  if (worker.running.length === 0 && !isQuarantined) return <span class="dim">nothing</span>;
  return (
    <>
      <ul class="worker-runs">
        {worker.running.map(({ taskId, runId, name, started }) => (
          <li key={`${taskId}/${runId}`}>
            <a href={taskAddress(taskId, runId)}>{name}</a>
            <Duration from={started} />
          </li>
        ))}
      </ul>
      {isQuarantined && <Quarantine worker={worker} taskQueueId={taskQueueId} />}
    </>
  );
}

/** Until when, by whom and why a worker gets nothing. */
function Quarantine({ worker, taskQueueId }: OneWorker) {
  const { workerGroup, workerId, quarantineUntil } = worker;
  const { data } = useResource(`${taskQueueId} ${workerGroup}/${workerId} ${quarantineUntil}`, (signal) =>
    getWorker({ taskQueueId, workerGroup, workerId }, signal),
  );
  const last = data?.quarantineDetails.at(-1);
  return (
    <p class="small dim">
      Gets no tasks; may again <Age at={quarantineUntil} />
      {last !== undefined && ` · by ${last.clientId}${last.quarantineInfo && `: ${last.quarantineInfo}`}`}
    </p>
  );
}

function Rights({ worker, taskQueueId, onChanged }: OneWorker & { readonly onChanged: () => void }) {
  const { workerGroup, workerId } = worker;
  const name: WorkerName = { taskQueueId, workerGroup, workerId };
  if (workerState(worker, serverNow()) !== 'quarantined')
    return <QuarantineButton worker={name} onDone={onChanged} />;
  const lift = async (): Promise<void> => {
    await quarantineWorker(name, { until: new Date(serverNow()), info: 'lifted' });
    onChanged();
  };
  return (
    <ConfirmButton
      question={`Let ${workerGroup}/${workerId} have tasks again?`}
      answer="Lift the quarantine"
      onConfirm={lift}
    >
      Lift
    </ConfirmButton>
  );
}
