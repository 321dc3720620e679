/** What of a workflow's pipeline decides its place in the order. */
export interface GraphNode {
  readonly name: string;
  readonly requires: readonly string[];
}

/** Those that require nothing, in the order of the file. */
export function rootsOf(nodes: readonly GraphNode[]): readonly string[] {
  return nodes.filter(({ requires }) => requires.length === 0).map(({ name }) => name);
}

/** More are not looked for: nobody reads them, and a hostile file could hold a hundred thousand. */
const MAX_CYCLES = 100;

/**
 * Cycles along what comes after what, each written from where the walk in the order of the file entered it:
 * `['A', 'B', 'A']` where B requires A and A requires B. Opening all of them leaves none. Empty: the order can be kept.
 */
export function cyclesOf(nodes: readonly GraphNode[]): readonly (readonly string[])[] {
  const after = dependentsOf(nodes);
  const seen = new Set<string>();
  const cycles: string[][] = [];
  for (const { name } of nodes) {
    if (!seen.has(name)) walkFrom(name, { after, seen, cycles });
  }
  return cycles;
}

interface Walk {
  readonly after: ReadonlyMap<string, readonly string[]>;
  readonly seen: Set<string>;
  readonly cycles: string[][];
}

/** Depth first with a path of its own instead of calls: a chain may be longer than the stack is deep. */
function walkFrom(start: string, { after, seen, cycles }: Walk): void {
  const path: { readonly name: string; next: number }[] = [{ name: start, next: 0 }];
  const onPath = new Map([[start, 0]]);
  seen.add(start);
  for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
    const next = after.get(at.name)?.[at.next];
    at.next += 1;
    if (next === undefined) {
      onPath.delete(at.name);
      path.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      onPath.set(next, path.length);
      path.push({ name: next, next: 0 });
    } else if (onPath.has(next) && cycles.length < MAX_CYCLES) {
      cycles.push([...path.slice(onPath.get(next)).map(({ name }) => name), next]);
    }
  }
}

/** Which pipelines require each one, in the order of the file. */
export function dependentsOf(nodes: readonly GraphNode[]): ReadonlyMap<string, readonly string[]> {
  const after = new Map<string, string[]>(nodes.map(({ name }) => [name, []]));
  for (const { name, requires } of nodes) {
    for (const required of new Set(requires)) after.get(required)?.push(name);
  }
  return after;
}
