import { visibleText } from '../../kernel/index.ts';

const KEPT_BYTES = 16 * 1024;
const SHOWN_LINES = 12;
const SHOWN_COLUMNS = 300;

/** What a program printed, as much of its end as a person reads. */
export interface Said {
  add(chunk: Uint8Array): void;
  /** Its last lines, fit to be shown; empty where it said nothing. */
  lines(): string[];
}

export function createSaid(): Said {
  let kept = Buffer.alloc(0);
  return {
    add(chunk) {
      const all = Buffer.concat([kept, chunk.subarray(-KEPT_BYTES)]);
      kept = Buffer.from(all.subarray(-KEPT_BYTES));
    },
    lines: () =>
      kept
        .toString('utf8')
        .split(/[\r\n]+/)
        .map((line) => visibleText(line).trim().slice(0, SHOWN_COLUMNS))
        .filter(Boolean)
        .slice(-SHOWN_LINES),
  };
}
