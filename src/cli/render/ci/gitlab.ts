import type { RunEvent } from '../../../kernel/index.ts';
import { type CiMarks, NO_MARKS } from './marks.ts';
import { createParts } from './parts.ts';

const CLEAR_LINE = '\r\u001b[0K';

/** Folded sections with their times. */
export function gitlabMarks(): CiMarks {
  const parts = createParts();
  let count = 0;

  const mark = (edge: 'start' | 'end', { at }: RunEvent): string =>
    `section_${edge}:${Math.floor(at / 1000)}:slipway_${count}${CLEAR_LINE}`;

  function begin(event: RunEvent, title: string): string {
    count += 1;
    return `${mark('start', event)}${title.replaceAll(/\p{Cc}/gu, ' ')}`;
  }

  return {
    ...NO_MARKS,
    before(event) {
      const { closes, opens } = parts.before(event);
      const ended = closes ? [mark('end', event)] : [];
      return opens === undefined ? ended : [...ended, begin(event, opens)];
    },
    after: (event) => (parts.endsAfter(event) ? [mark('end', event)] : []),
  };
}
