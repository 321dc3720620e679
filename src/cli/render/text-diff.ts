const MAX_CELLS = 4_000_000; // of the table below: 2000 lines against 2000

interface Step {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** How many lines are common from each place on: `table[i][j]` for `before` from i and `after` from j. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    const [row, below] = [table[i], table[i + 1]];
    if (row === undefined || below === undefined) continue;
    for (let j = after.length - 1; j >= 0; j -= 1) {
      row[j] = before[i] === after[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

const all = (sign: Step['sign'], lines: readonly string[]): Step[] => lines.map((line) => ({ sign, line }));

function middleSteps(before: readonly string[], after: readonly string[]): Step[] {
  if (before.length * after.length > MAX_CELLS) return [...all('-', before), ...all('+', after)];
  const table = commonLengths(before, after);
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    const [old, now] = [before[i] ?? '', after[j] ?? ''];
    if (old === now) {
      steps.push({ sign: ' ', line: old });
      i += 1;
      j += 1;
    } else if ((table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0)) {
      steps.push({ sign: '-', line: old });
      i += 1;
    } else {
      steps.push({ sign: '+', line: now });
      j += 1;
    }
  }
  return [...steps, ...all('-', before.slice(i)), ...all('+', after.slice(j))];
}

function commonStart(before: readonly string[], after: readonly string[]): number {
  let count = 0;
  while (count < before.length && count < after.length && before[count] === after[count]) count += 1;
  return count;
}

const CONTEXT_LINES = 3;

/** The lines that differ, each with `-` or `+`, and three around them; `…` where lines are left out. */
export function textDiff(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const start = commonStart(old, now);
  const [oldRest, nowRest] = [old.slice(start), now.slice(start)];
  const end = commonStart(oldRest.toReversed(), nowRest.toReversed());
  const middle = middleSteps(oldRest.slice(0, oldRest.length - end), nowRest.slice(0, nowRest.length - end));
  const steps = [
    ...all(' ', old.slice(0, start)),
    ...middle,
    ...all(' ', oldRest.slice(oldRest.length - end)),
  ];
  const near = steps.map((_, i) =>
    steps.slice(Math.max(0, i - CONTEXT_LINES), i + CONTEXT_LINES + 1).some(({ sign }) => sign !== ' '),
  );
  return steps.flatMap(({ sign, line }, i) => {
    if (near[i]) return [`${sign} ${line}`];
    return i > 0 && near[i - 1] ? ['…'] : [];
  });
}
