import { type Column, DataTable } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import type { Work } from './lately.ts';

const STATE: Column<Work> = {
  title: 'State',
  kind: 'state',
  cell: ({ state }) => <StateBadge state={state} />,
};

const NAME: Column<Work> = {
  title: 'What',
  kind: 'main',
  cell: ({ address, name, about, why }) => (
    <>
      <a href={address}>{name}</a>
      <span class="cell-sub">{why ?? about}</span>
    </>
  ),
};

const TIME: Column<Work> = {
  title: 'Time',
  kind: 'number',
  cell: ({ startedAt, endedAt, state }) =>
    (endedAt !== undefined || state === 'running') && <Duration from={startedAt} to={endedAt} />,
};

const ENDED: Column<Work> = {
  title: 'Ended',
  kind: 'number',
  cell: ({ endedAt }) => <Age at={endedAt} />,
};

interface WorkTableProps {
  readonly label: string;
  readonly work: readonly Work[];
  /** @defaultValue false: it goes on */
  readonly hasEnded?: boolean;
}

/** Tasks and runs in one list. */
export const WorkTable = ({ label, work, hasEnded = false }: WorkTableProps) => (
  <DataTable
    label={label}
    columns={hasEnded ? [STATE, NAME, TIME, ENDED] : [STATE, NAME, TIME]}
    items={work}
    idOf={({ id }) => id}
    addressOf={({ address }) => address}
  />
);
