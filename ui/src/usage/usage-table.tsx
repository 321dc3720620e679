import type { ProjectUsage } from '../../../src/page/wire.ts';
import { Bytes } from '../parts/bytes.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { countText } from '../parts/format.ts';
import { amountText, type Measure } from './totals.ts';

interface UsageTableProps {
  readonly projects: readonly ProjectUsage[];
  /** What the bars show. */
  readonly by: Measure;
}

/** Projects beside each other: the numbers, and a bar of the one that they are compared by. */
export function UsageTable({ projects, by }: UsageTableProps) {
  const most = Math.max(...projects.map((project) => project[by]));
  const columns: readonly Column<ProjectUsage>[] = [
    {
      title: 'Project',
      kind: 'main',
      cell: (project) => (
        <>
          <strong>{project.project}</strong>
          <Bar value={project[by]} most={most} failed={by === 'runs' ? project.failedRuns : 0} />
        </>
      ),
    },
    { title: 'Runs', kind: 'number', cell: ({ runs }) => countText(runs) },
    { title: 'Failed', kind: 'number', cell: ({ failedRuns }) => countText(failedRuns) },
    { title: 'Minutes', kind: 'number', cell: ({ minutes }) => amountText(minutes) },
    { title: 'Stored', kind: 'number', cell: ({ bytes }) => <Bytes value={bytes} /> },
  ];
  return (
    <DataTable label="Usage by project" columns={columns} items={projects} idOf={({ project }) => project} />
  );
}

interface BarProps {
  readonly value: number;
  readonly most: number;
  /** As much of the bar as is in another colour. */
  readonly failed: number;
}

/** A share of the largest, for the eye: its number stands in the row. */
function Bar({ value, most, failed }: BarProps) {
  const width = (part: number): number => (most > 0 ? (part / most) * 100 : 0);
  return (
    <svg class="usage-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="usage-part" width={width(value)} height="6" />
      <rect class="usage-failed" x={width(value - failed)} width={width(failed)} height="6" />
    </svg>
  );
}
