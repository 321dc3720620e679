import { useEffect, useRef, useState } from 'preact/hooks';
import type { OpenLog } from './log-client.ts';

const SAID_LINES = 4; // what comes faster than it can be read aloud is not said
const PAUSE_MS = 3_000;

/** Says the newest lines of a log to those who do not see it: a few at a time, however many come. */
export function LiveLines({ log, lines }: { readonly log: OpenLog; readonly lines: number }) {
  const [said, setSaid] = useState<readonly string[]>([]);
  const newest = useRef(lines);
  newest.current = lines;
  useEffect(() => {
    let before = newest.current;
    const timer = setInterval(async () => {
      const end = newest.current;
      if (end === before) return;
      const from = Math.max(before, end - SAID_LINES);
      before = end;
      const fresh = await log.lines(from, end).catch(() => []); // the view says what is wrong
      setSaid(
        fresh.map(({ segments }) =>
          segments
            .map(({ text }) => text)
            .join('')
            .slice(0, 500),
        ),
      );
    }, PAUSE_MS);
    return () => clearInterval(timer);
  }, [log]);
  return (
    <div class="unseen" role="log" aria-live="polite" aria-label="Newest lines">
      {said.map((text, at) => (
        <p key={at}>{text}</p>
      ))}
    </div>
  );
}
