/** Something that waits for others. */
export interface GraphNode {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** Where a node is: which column, from what waits for nothing on, and which row in it. */
export interface PlacedNode {
  readonly id: string;
  readonly column: number;
  readonly row: number;
}

export interface GraphLayout {
  readonly nodes: readonly PlacedNode[];
  /** Without those that follow from others: who waits for B, which waits for A, waits for A. */
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly columns: number;
  /** Of the column with the most. */
  readonly rows: number;
}

const SWEEPS = 8;

/**
 * Puts nodes into columns so that each is behind all that it waits for, and orders columns so that lines cross little. What it
 * waits for beyond these nodes, and for itself, is left out.
 */
export function layeredLayout(nodes: readonly GraphNode[]): GraphLayout {
  const known = new Set(nodes.map(({ id }) => id));
  const before = new Map(
    nodes.map(({ id, dependsOn }) => [
      id,
      [...new Set(dependsOn)].filter((other) => other !== id && known.has(other)),
    ]),
  );
  const columnOf = columnsOf(before);
  const columns: string[][] = [];
  for (const { id } of nodes) {
    const column = columnOf.get(id) ?? 0;
    while (columns.length <= column) columns.push([]);
    columns[column]?.push(id);
  }
  const after = inverse(before);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    order(isForward ? columns : columns.toReversed(), isForward ? before : after);
  }
  const rows = columns.reduce((most, column) => Math.max(most, column.length), 0);
  return {
    nodes: columns.flatMap((ids, column) =>
      // Columns stand around the middle of the highest one.
      ids.map((id, row) => ({ id, column, row: row + (rows - ids.length) / 2 })),
    ),
    edges: essential(before, columns).map(([from, to]) => ({ from, to })),
    columns: columns.length,
    rows,
  };
}

/** The column behind the last of what a node waits for. A circle, which no queue lets be made, is cut where it is found. */
function columnsOf(before: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const columns = new Map<string, number>();
  const entered = new Set<string>();
  for (const start of before.keys()) {
    // Not by recursion: a chain may be as long as the group.
    const stack = [start];
    while (stack.length > 0) {
      const id = stack.at(-1) ?? '';
      const others = before.get(id) ?? [];
      const missing = entered.has(id)
        ? []
        : others.filter((other) => !columns.has(other) && !entered.has(other));
      entered.add(id);
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      columns.set(id, Math.max(-1, ...others.map((other) => columns.get(other) ?? -1)) + 1);
    }
  }
  return columns;
}

const MAX_REDUCED = 1000; // of more nobody sees single lines

/** Edges that do not follow from others. */
function essential(
  before: ReadonlyMap<string, readonly string[]>,
  columns: readonly (readonly string[])[],
): [from: string, to: string][] {
  const all = [...before].flatMap(([to, others]) => others.map((from): [string, string] => [from, to]));
  if (before.size > MAX_REDUCED) return all;
  const ancestors = new Map<string, Set<string>>();
  // Column by column: all that a node waits for has been looked at.
  for (const id of columns.flat()) {
    const found = new Set<string>();
    for (const other of before.get(id) ?? []) {
      for (const each of ancestors.get(other) ?? []) found.add(each);
    }
    ancestors.set(id, found);
    for (const other of before.get(id) ?? []) found.add(other);
  }
  return all.filter(([from, to]) => !(before.get(to) ?? []).some((other) => ancestors.get(other)?.has(from)));
}

function inverse(edges: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const found = new Map<string, string[]>([...edges.keys()].map((id) => [id, []]));
  for (const [to, others] of edges) for (const from of others) found.get(from)?.push(to);
  return found;
}

/** Orders each column by the middle of the neighbours in those before it. */
function order(columns: readonly string[][], neighbours: ReadonlyMap<string, readonly string[]>): void {
  const places = new Map<string, number>();
  for (const column of columns) {
    const middles = new Map(
      column.map((id, at) => {
        const around = (neighbours.get(id) ?? []).flatMap((other) => places.get(other) ?? []);
        const place = at / Math.max(1, column.length);
        return [
          id,
          around.length === 0 ? place : around.reduce((sum, each) => sum + each, 0) / around.length,
        ];
      }),
    );
    column.sort((a, b) => (middles.get(a) ?? 0) - (middles.get(b) ?? 0));
    for (const [at, id] of column.entries()) places.set(id, (at + 0.5) / column.length);
  }
}
