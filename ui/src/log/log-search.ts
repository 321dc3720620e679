import type { HeldLog } from './held-log.ts';
import { patternOf } from './match-lines.ts';
import { type Matcher, TookTooLong } from './matcher.ts';
import { type Found, type LogQuery, MAX_MATCHES } from './protocol.ts';

export interface LogSearchOptions {
  readonly log: HeldLog;
  readonly matcher: () => Matcher;
  /** What was found so far; after the end too, as the log grows. */
  readonly report: (id: number, found: Found) => void;
  /** Milliseconds. */
  readonly now: () => number;
}

const CHUNK_BYTES = 256 * 1024;
const REPORT_MS = 100;

interface Search {
  readonly id: number;
  readonly query: LogQuery;
  readonly matcher: Matcher;
  readonly matches: Uint32Array<ArrayBuffer>[];
  kept: number;
  count: number;
  nextLine: number;
  reportedAt: number;
  isRunning: boolean;
  problem?: string;
}

/** The one search that goes on in a log, also in what comes to it later. */
export class LogSearch {
  readonly #options: LogSearchOptions;
  #search: Search | undefined;
  #hasEnded = false;

  constructor(options: LogSearchOptions) {
    this.#options = options;
  }

  /** Takes the place of the search before it. */
  start(id: number, query: LogQuery): void {
    this.#search?.matcher[Symbol.dispose]();
    this.#search = undefined;
    if (query.text === '') return;
    const search: Search = {
      ...{ id, query, matcher: this.#options.matcher(), matches: [] },
      ...{ kept: 0, count: 0, nextLine: 0, reportedAt: Number.NEGATIVE_INFINITY, isRunning: false },
    };
    this.#search = search;
    try {
      patternOf(query);
    } catch (error) {
      search.problem = problemOf(error);
    }
    void this.#goOn(search);
  }

  /** There is more of the log. */
  grown(hasEnded: boolean): void {
    this.#hasEnded = hasEnded;
    if (this.#search !== undefined) void this.#goOn(this.#search);
  }

  #searchable(): number {
    const { blocks } = this.#options.log;
    return this.#hasEnded ? blocks.lines : blocks.wholeLines;
  }

  async #goOn(search: Search): Promise<void> {
    if (search.isRunning) return;
    search.isRunning = true;
    try {
      while (
        this.#search === search &&
        search.problem === undefined &&
        search.nextLine < this.#searchable()
      ) {
        await this.#matchSome(search);
        if (this.#options.now() - search.reportedAt >= REPORT_MS) this.#report(search, false);
      }
    } catch (error) {
      search.problem = problemOf(error);
    }
    search.isRunning = false;
    this.#report(search, true);
  }

  async #matchSome(search: Search): Promise<void> {
    const { query, nextLine } = search;
    const lines = await this.#options.log.someLines(nextLine, this.#searchable(), CHUNK_BYTES);
    const matches = await search.matcher.match({ query, text: lines.join('\n'), firstLine: nextLine });
    search.nextLine += lines.length;
    search.count += matches.length / 3;
    const room = MAX_MATCHES - search.kept;
    if (room <= 0 || matches.length === 0) return;
    search.matches.push(matches.slice(0, room * 3));
    search.kept += Math.min(room, matches.length / 3);
  }

  #report(search: Search, isDone: boolean): void {
    if (this.#search !== search) return;
    search.reportedAt = this.#options.now();
    const { id, count, nextLine, problem } = search;
    const matches = joined(search);
    const known = problem === undefined ? {} : { problem };
    this.#options.report(id, { matches, count, searchedLines: nextLine, isDone, ...known });
  }
}

/** All matches in one list, which is kept as that. */
function joined(search: Search): Uint32Array<ArrayBuffer> {
  const whole = new Uint32Array(search.kept * 3);
  let at = 0;
  for (const some of search.matches) {
    whole.set(some, at);
    at += some.length;
  }
  search.matches.splice(0, search.matches.length, whole);
  return whole;
}

function problemOf(error: unknown): string {
  if (error instanceof TookTooLong) return 'This expression takes too long. Try a simpler one.';
  if (error instanceof SyntaxError) return 'This is not a regular expression.';
  return error instanceof Error ? error.message : String(error);
}
