/** One line of an image's history. */
export interface HistoryEntry {
  readonly created_by?: string | undefined;
  readonly empty_layer?: boolean | undefined;
}

// As BuildKit writes the instructions of `kinds/context.ts`, from the last up; other builders write more before them.
const INSTRUCTIONS: readonly RegExp[] = [
  /\bUSER nobody\b/,
  /\bslipway-extend\.sh\b/,
  /\bUSER root\b/,
  /\bCOPY (?:--\S+ )*[\w.-]+ \/tmp\/[\w.-]+/,
];

/**
 * How many layers of an image Slipway's recipe made: its last ones. Several runs of the recipe, each on the image of the one
 * before, are all counted.
 */
export function countAddedLayers(history: readonly HistoryEntry[], layers: number): number {
  let end = history.length;
  let added = 0;
  for (;;) {
    const run = history.slice(Math.max(0, end - INSTRUCTIONS.length), end).toReversed();
    const isOurs = INSTRUCTIONS.every((pattern, index) => pattern.test(run[index]?.created_by ?? ''));
    if (!isOurs) return Math.min(added, layers);
    added += run.filter((entry) => entry.empty_layer !== true).length;
    end -= INSTRUCTIONS.length;
  }
}
