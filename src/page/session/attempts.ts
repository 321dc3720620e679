/** How often something may go wrong, in a time that begins with the first one. */
export interface AttemptRules {
  readonly most: number;
  readonly withinMs: number;
  /** Of how many names are counted at a time; the oldest are forgotten then. */
  readonly names: number;
}

interface Counted {
  failures: number;
  readonly endsAt: number;
}

/** Counts what went wrong, by name, in bounded memory. */
export class Attempts {
  readonly #rules: AttemptRules;
  // A Map keeps the order in which names came, and their times are all as long: the first ones end first.
  readonly #counted = new Map<string, Counted>();

  constructor(rules: AttemptRules) {
    this.#rules = rules;
  }

  /** Milliseconds until a name may try again; 0: now. */
  waitMs(name: string, now: number): number {
    const counted = this.#counted.get(name);
    if (counted === undefined || counted.failures < this.#rules.most) return 0;
    return Math.max(0, counted.endsAt - now);
  }

  failed(name: string, now: number): void {
    this.#forget(now);
    const counted = this.#counted.get(name) ?? { failures: 0, endsAt: now + this.#rules.withinMs };
    counted.failures += 1;
    this.#counted.set(name, counted);
  }

  #forget(now: number): void {
    for (const [name, { endsAt }] of this.#counted) {
      if (endsAt > now && this.#counted.size < this.#rules.names) return;
      this.#counted.delete(name);
    }
  }
}
