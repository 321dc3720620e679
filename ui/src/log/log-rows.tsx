import { hitsIn } from './highlight.ts';
import type { LinePages } from './line-pages.ts';
import { LogRow } from './log-row.tsx';
import type { LogFinding } from './use-search.ts';
import type { SelectedLines } from './use-selected-lines.ts';

interface LogRowsProps {
  /** Of the log, from 0; `end` is not drawn. */
  readonly first: number;
  readonly end: number;
  readonly pages: LinePages;
  readonly finding: LogFinding;
  readonly selected: SelectedLines;
}

const NO_HITS: readonly never[] = [];

/** The lines that are drawn. */
export function LogRows({ first, end, pages, finding: { found, current }, selected }: LogRowsProps) {
  const { range, pick } = selected;
  const rows = [];
  for (let line = first; line < end; line += 1) {
    const hits = found === undefined ? NO_HITS : hitsIn(found.matches, line);
    rows.push(
      <LogRow
        key={line}
        number={line + 1}
        line={pages.line(line)}
        hits={hits.length === 0 ? NO_HITS : hits}
        currentHit={hits.some(({ index }) => index === current) ? current : undefined}
        isSelected={range !== undefined && line + 1 >= range.first && line < range.last}
        onPick={pick}
      />,
    );
  }
  return <>{rows}</>;
}
