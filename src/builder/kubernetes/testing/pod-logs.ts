/** Times that differ, as those of a container's runtime. */
let last = 0n;
function stampNow(): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  last = now > last ? now : last + 1n;
  const seconds = new Date(Number(last / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  // Without zeros at the end, as Go prints it.
  const fraction = String(last % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** What one container printed, line by line. */
export class PodLog {
  readonly #lines: { readonly stamp: string; readonly text: string }[] = [];
  readonly #listeners = new Set<() => void>();
  #rest = '';
  #hasEnded = false;

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#lines.push({ stamp: stampNow(), text: `${line}\n` });
    this.#wake();
  }

  end(): void {
    if (this.#rest !== '') this.#lines.push({ stamp: stampNow(), text: this.#rest });
    this.#rest = '';
    this.#hasEnded = true;
    this.#wake();
  }

  /** The end of what was printed: at most 80 lines and 2048 bytes, as the kubelet reads it. */
  tail(): string {
    return this.#lines
      .slice(-80)
      .map(({ text }) => text)
      .join('')
      .slice(-2048);
  }

  /** Lines from one on, with the number of the next. */
  from(index: number, { since, timestamps }: LogQuery): { readonly text: string; readonly next: number } {
    const text = this.#lines
      .slice(index)
      .filter(({ stamp }) => since === undefined || Date.parse(stamp) >= since)
      .map((line) => (timestamps ? `${line.stamp} ${line.text}` : line.text))
      .join('');
    return { text, next: this.#lines.length };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface LogQuery {
  /** In whole seconds, in milliseconds since the epoch. */
  readonly since?: number;
  readonly timestamps: boolean;
}
