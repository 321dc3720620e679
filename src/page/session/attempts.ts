import { isIPv6 } from 'node:net';

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

/** Whose attempts are counted together: whoever has one address of IPv6 has some 2^64 of them. */
export const counterOf = (address: string): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIPv6(plain) ? `${firstGroups(plain)}::/64` : plain;
};

function firstGroups(address: string): string {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...rest];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
