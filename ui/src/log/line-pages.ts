import type { LogLine } from './protocol.ts';

const PAGE_LINES = 128;
const MAX_PAGES = 64; // 8,192 lines: some screens before and behind

interface Page {
  readonly lines: readonly LogLine[];
  /** Bytes of the log when it was asked for: its last line may have grown since. */
  readonly atBytes: number;
  readonly isWhole: boolean;
}

export interface LinePagesOptions {
  readonly load: (from: number, to: number) => Promise<readonly LogLine[]>;
  /** There is something that was not there, or could not be had. */
  readonly onChange: () => void;
}

/** Lines that were asked for, in pages: what is near is there before somebody scrolls to it. */
export class LinePages {
  readonly #options: LinePagesOptions;
  readonly #pages = new Map<number, Page>();
  readonly #loading = new Set<number>();
  /** Pages that could not be had: they are not asked for again and again. */
  readonly #failed = new Set<number>();
  #failure: string | undefined;

  constructor(options: LinePagesOptions) {
    this.#options = options;
  }

  /** Why some lines could not be had. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Lets what could not be had be asked for again. */
  retry(): void {
    this.#failed.clear();
    this.#failure = undefined;
    this.#options.onChange();
  }

  /** A line, where it is there. */
  line(number: number): LogLine | undefined {
    return this.#pages.get(Math.floor(number / PAGE_LINES))?.lines[number % PAGE_LINES];
  }

  /** Asks for what is lacking of some lines, or has grown. */
  want(from: number, to: number, log: { readonly sizeBytes: number; readonly lines: number }): void {
    const end = Math.min(to, log.lines);
    for (let index = Math.floor(Math.max(0, from) / PAGE_LINES); index * PAGE_LINES < end; index += 1) {
      const page = this.#pages.get(index);
      const isCurrent = page !== undefined && (page.isWhole || page.atBytes === log.sizeBytes);
      const isAsked = this.#loading.has(index) || this.#failed.has(index);
      if (!isCurrent && !isAsked) void this.#load(index, log);
    }
  }

  async #load(index: number, log: { readonly sizeBytes: number; readonly lines: number }): Promise<void> {
    this.#loading.add(index);
    try {
      const from = index * PAGE_LINES;
      const lines = await this.#options.load(from, from + PAGE_LINES);
      // The last line of the log may not be whole, even at the end of a page.
      this.#keep(index, { lines, atBytes: log.sizeBytes, isWhole: from + PAGE_LINES < log.lines });
    } catch (error) {
      this.#failed.add(index);
      this.#failure = error instanceof Error ? error.message : String(error);
    } finally {
      this.#loading.delete(index);
    }
    this.#options.onChange();
  }

  #keep(index: number, page: Page): void {
    this.#pages.delete(index);
    this.#pages.set(index, page);
    for (const old of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES) break;
      this.#pages.delete(old);
    }
  }
}
