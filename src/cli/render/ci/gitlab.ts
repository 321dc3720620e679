import { type CiMarks, endsPart, NO_MARKS, partTitle } from './marks.ts';

const CLEAR_LINE = '\r\u001b[0K';

const mark = (edge: 'start' | 'end', atMs: number, id: string): string =>
  `section_${edge}:${Math.floor(atMs / 1000)}:${id}${CLEAR_LINE}`;

/** Folded sections with their times. */
export function gitlabMarks(): CiMarks {
  let open: string | undefined;
  let count = 0;

  function close(atMs: number): string[] {
    if (open === undefined) return [];
    const line = mark('end', atMs, open);
    open = undefined;
    return [line];
  }

  return {
    ...NO_MARKS,
    before(event) {
      const title = partTitle(event);
      if (title === undefined) return event.type === 'run-finished' ? close(event.at) : [];
      const ended = close(event.at);
      count += 1;
      open = `slipway_${count}`;
      return [...ended, `${mark('start', event.at, open)}${title.replaceAll(/\p{Cc}/gu, ' ')}`];
    },
    after: (event) => (endsPart(event) ? close(event.at) : []),
  };
}
