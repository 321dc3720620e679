import { useEffect, useRef, useState } from 'preact/hooks';
import { type Coalesced, coalesce } from '../api/coalesce.ts';
import type { OpenLog } from '../log/log-client.ts';
import type { LogState } from '../log/protocol.ts';
import type { RunPart } from './steps-of.ts';

/** The lines of a part's log; from 0, the last one is not in it. */
export interface PartSection {
  readonly from: number;
  readonly to: number;
  /** All of it has come, or no more comes. */
  readonly isThere: boolean;
}

type Sections = ReadonlyMap<string, PartSection>;

/** What is known of a log that grows: how much of it is there, and whether that is all. */
type Arrived = Pick<LogState, 'sizeBytes'> & { readonly isOver: boolean };

const AGAIN_MS = 50; // as often as a log tells of itself

/**
 * Which lines of the log parts have, as far as the log is there. Events and log come each by its own way: the lines of a part may be
 * there before it is known, or long after.
 */
export function useSections(log: OpenLog | undefined, parts: readonly RunPart[]): Sections {
  const [found, setFound] = useState<{ readonly log: OpenLog; readonly sections: Sections }>();
  const arrived = useArrived(log);
  const latest = useRef(parts);
  latest.current = parts;
  const asking = useRef<Coalesced | undefined>(undefined);
  useEffect(() => {
    if (log === undefined) return;
    let isGone = false;
    // One question at a time: an answer that is given up for the next one never comes while the log grows.
    asking.current = coalesce(async () => {
      const [asked, before] = [latest.current, arrivedOf(log)];
      const lines = await log
        .places(offsetsOf(asked).map((offset) => Math.max(0, offset)))
        .catch(() => undefined); // the log's own view says what is wrong with it
      if (!isGone && lines !== undefined) setFound({ log, sections: sectionsOf(asked, lines, before) });
    }, AGAIN_MS);
    return () => {
      isGone = true;
      asking.current?.stop();
    };
  }, [log]);
  const offsets = offsetsOf(parts);
  // What is there of it does not change: it is asked for again as long as more of it comes.
  const isLacking = !arrived.isOver && offsets.some((offset) => offset >= arrived.sizeBytes);
  const wanted = `${offsets.join(' ')} ${isLacking ? arrived.sizeBytes : 'all'}`;
  useEffect(() => {
    if (offsets.length > 0) asking.current?.want(0);
  }, [log, wanted]);
  return found?.log === log ? (found?.sections ?? NONE) : NONE;
}

const NONE: Sections = new Map();

const offsetsOf = (parts: readonly RunPart[]): readonly number[] =>
  parts.flatMap(({ log }) => (log === undefined ? [] : [log.from, log.to ?? -1]));

const arrivedOf = ({ state: { sizeBytes, phase } }: OpenLog): Arrived => ({
  sizeBytes,
  isOver: phase === 'ended' || phase === 'refused',
});

function useArrived(log: OpenLog | undefined): Arrived {
  const [, redraw] = useState<LogState>();
  useEffect(() => {
    if (log === undefined) return;
    redraw(log.state);
    return log.onState(redraw);
  }, [log]);
  return log === undefined ? { sizeBytes: 0, isOver: false } : arrivedOf(log);
}

/** The sections of parts by the lines of their beginnings and ends. */
export function sectionsOf(
  parts: readonly RunPart[],
  lines: readonly number[],
  { sizeBytes, isOver }: Arrived,
): Sections {
  const sections = new Map<string, PartSection>();
  let at = 0;
  for (const { key, log } of parts) {
    if (log === undefined) continue;
    const [from = 0, last = 0] = [lines[at], lines[at + 1]];
    const to = log.to === undefined ? Number.POSITIVE_INFINITY : Math.max(from, last);
    sections.set(key, { from, to, isThere: isOver || (log.to ?? 0) <= sizeBytes });
    at += 2;
  }
  return sections;
}
