import type { Build } from '../api/builds.ts';
import { Bytes } from '../parts/bytes.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { imageAddress } from '../router/addresses.ts';

const COLUMNS: readonly Column<Build>[] = [
  {
    title: 'Image',
    kind: 'main',
    cell: ({ id, target, source }) => (
      <>
        <a href={imageAddress(id)}>{target}</a>
        <span class="cell-sub">from {source}</span>
      </>
    ),
  },
  { title: 'State', kind: 'state', cell: ({ state, phase }) => <StateBadge state={state} note={phase} /> },
  { title: 'Kind', cell: ({ kind }) => kind ?? '–' },
  {
    title: 'Added',
    kind: 'number',
    cell: ({ image }) => (image?.addedBytes === undefined ? '' : <Bytes value={image.addedBytes} />),
  },
  {
    title: 'Took',
    kind: 'number',
    cell: ({ startedAt, endedAt, reusedFrom }) =>
      reusedFrom === undefined ? <Duration from={startedAt} to={endedAt} /> : 'was there',
  },
  { title: 'Requested', kind: 'number', cell: ({ createdAt }) => <Age at={createdAt} /> },
];

/** Builds, each with what became of it. */
export const BuildTable = ({ builds }: { readonly builds: readonly Build[] }) => (
  <DataTable
    label="Builds"
    columns={COLUMNS}
    items={builds}
    idOf={({ id }) => id}
    addressOf={({ id }) => imageAddress(id)}
  />
);
