/** Whether a text can be a scope: printable ASCII. */
export const isScope = (text: unknown): text is string =>
  typeof text === 'string' && /^[\x20-\x7e]*$/.test(text);

/**
 * Sorts scopes so that what a scope with a star covers follows it: `a*` before `a`, otherwise by character. It is the order
 * in which Taskcluster's servers list scopes.
 */
function compareScopes(a: string, b: string): number {
  const [aStem, bStem] = [a.endsWith('*') ? a.slice(0, -1) : a, b.endsWith('*') ? b.slice(0, -1) : b];
  if (aStem === bStem) return Number(b.endsWith('*')) - Number(a.endsWith('*'));
  return aStem < bStem ? -1 : 1;
}

/** Sorted, without duplicates and without what others of them cover. */
export function normalizeScopes(scopes: Iterable<string>): readonly string[] {
  const kept: string[] = [];
  let prefix: string | undefined;
  for (const scope of [...scopes].sort(compareScopes)) {
    if (prefix !== undefined && scope.startsWith(prefix)) continue;
    if (kept.at(-1) === scope) continue;
    kept.push(scope);
    if (scope.endsWith('*')) prefix = scope.slice(0, -1);
  }
  return kept;
}

/** Scopes made ready for being asked often: an answer takes as long for thousands as for one. */
export class ScopeSet {
  readonly #exact: ReadonlySet<string>;
  /** Sorted; none begins with another one. */
  readonly #prefixes: readonly string[];

  constructor(scopes: Iterable<string>) {
    const all = normalizeScopes(scopes);
    this.#exact = new Set(all);
    this.#prefixes = all.filter((scope) => scope.endsWith('*')).map((scope) => scope.slice(0, -1));
  }

  /** Whether one of the scopes is the needed one, or ends in `*` and the needed one begins with the rest. */
  has(needed: string): boolean {
    return this.#exact.has(needed) || this.#coversByPrefix(needed);
  }

  /** Of all prefixes only the last one that is not greater can be the beginning of a text. */
  #coversByPrefix(needed: string): boolean {
    let from = 0;
    let to = this.#prefixes.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#prefixes[middle] ?? '') <= needed) from = middle + 1;
      else to = middle;
    }
    const candidate = this.#prefixes[from - 1];
    return candidate !== undefined && needed.startsWith(candidate);
  }
}
