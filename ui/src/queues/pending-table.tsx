import type { PendingRun } from '../api/queues.ts';
import type { List } from '../api/use-list.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { MoreOf } from '../parts/more-of.tsx';
import { Age } from '../parts/time.tsx';
import { taskAddress } from '../router/addresses.ts';

type Placed = PendingRun & { readonly place: number };

const COLUMNS: readonly Column<Placed>[] = [
  { title: 'Place', kind: 'number', cell: ({ place }) => place },
  {
    title: 'Task',
    kind: 'main',
    cell: ({ taskId, runId, task }) => <a href={taskAddress(taskId, runId)}>{task.metadata.name}</a>,
  },
  { title: 'Priority', cell: ({ task }) => task.priority },
  { title: 'Owner', cell: ({ task }) => task.metadata.owner },
  { title: 'Waits since', kind: 'number', cell: ({ inserted }) => <Age at={inserted} /> },
];

/** What waits for a worker, in the order in which it is given out. */
export function PendingTable({ list }: { readonly list: List<PendingRun> }) {
  const { items = [] } = list;
  return (
    <>
      <DataTable
        label="What waits"
        columns={COLUMNS}
        items={items.map((item, i) => ({ ...item, place: i + 1 }))}
        idOf={({ taskId, runId }) => `${taskId}/${runId}`}
        addressOf={({ taskId, runId }) => taskAddress(taskId, runId)}
      />
      <MoreOf list={list} what="waiting runs" />
    </>
  );
}
