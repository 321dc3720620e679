import { bytesText } from '../parts/format.ts';
import { lookOf } from './colors.ts';
import { type Hit, type MarkedPiece, markHits } from './highlight.ts';
import { memo } from './memo.ts';
import type { LogLine } from './protocol.ts';

interface LogRowProps {
  /** From 1. */
  readonly number: number;
  /** Absent: it is on its way. */
  readonly line: LogLine | undefined;
  readonly hits: readonly Hit[];
  /** Of the hit that is looked at, where it is in this line. */
  readonly currentHit: number | undefined;
  readonly isSelected: boolean;
  readonly onPick: (number: number, isRange: boolean) => void;
}

/** One line: its number, which is a link to it, and its text. Nothing of a log is ever more than text. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { number, line, hits, currentHit, isSelected, onPick } = props;
  const pick = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    onPick(number, event.shiftKey);
  };
  return (
    <div class={isSelected ? 'log-row is-selected' : 'log-row'}>
      {/* Not in the order of the tabulator, where a screen of them would be in the way: the field for lines does the same. */}
      <a class="log-number" href={`#L${number}`} tabIndex={-1} onClick={pick}>
        {number}
      </a>
      <span class="log-text">
        {line !== undefined &&
          markHits(line.segments, hits).map((piece, at) => (
            <Piece key={at} piece={piece} currentHit={currentHit} />
          ))}
        {line?.leftOutBytes !== undefined && (
          <span class="log-left-out">
            {' '}
            … {bytesText(line.leftOutBytes)} more in this line: see the raw log
          </span>
        )}
      </span>
    </div>
  );
});

function Piece({
  piece,
  currentHit,
}: {
  readonly piece: MarkedPiece;
  readonly currentHit: number | undefined;
}) {
  const { text, style, isOdd, hit } = piece;
  // What was found has colours of its own.
  if (hit !== undefined)
    return <mark class={hit === currentHit ? 'log-hit is-current' : 'log-hit'}>{text}</mark>;
  if (isOdd) return <span class="log-odd">{text}</span>;
  const { className, colors } = lookOf(style);
  if (className === undefined && colors === undefined) return <>{text}</>;
  return (
    <span class={className} style={colors}>
      {text}
    </span>
  );
}
