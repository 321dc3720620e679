import { StringDecoder } from 'node:string_decoder';
import { EngineError } from '../../error.ts';
import type { Trace, Vertex, VertexLog, VertexStatus } from './trace.ts';

/** What is known of a vertex that began. */
interface Shown {
  /** From 1 on, in the order in which they began. */
  readonly number: number;
  readonly name: string;
  readonly startedAt: number;
  readonly decoder: StringDecoder;
  isDone: boolean;
}

/** Dockerfiles have some dozens; each takes some hundred bytes here. */
const VERTEX_LIMIT = 10_000;

/**
 * The progress of a build as lines of text, as `docker build --progress=plain` shows it: each line begins with the number
 * of what it belongs to. Feed it the traces in order.
 */
export class ProgressText {
  readonly #doing: string;
  readonly #shown = new Map<string, Shown>();
  readonly #finished = new Set<string>();
  /** Whose line is not at its end yet. */
  #openLine: Shown | undefined;

  constructor(doing: string) {
    this.#doing = doing;
  }

  /** The text that a trace adds; `''` where it says nothing new. Throws `PROTOCOL` for more than any build has. */
  add({ vertexes, statuses, logs }: Trace): string {
    // A trace may have the end of a vertex beside its last output.
    let text = vertexes.map((vertex) => this.#begin(vertex)).join('');
    for (const log of logs) text += this.#print(log);
    for (const status of statuses) text += this.#finishPart(status);
    for (const vertex of vertexes) text += this.#end(vertex);
    return text;
  }

  /** What is still missing of a line that was begun. */
  close(): string {
    return this.#line();
  }

  #begin({ digest, name, startedAt }: Vertex): string {
    if (startedAt === undefined || this.#shown.has(digest)) return '';
    this.#expectRoom(this.#shown);
    const number = this.#shown.size + 1;
    const shown = {
      number,
      name: oneLine(name),
      startedAt,
      decoder: new StringDecoder('utf8'),
      isDone: false,
    };
    this.#shown.set(digest, shown);
    return `${this.#line()}#${number} ${shown.name}\n`;
  }

  #print({ vertex, at, bytes }: VertexLog): string {
    const shown = this.#shown.get(vertex);
    if (!shown) return '';
    const printed = shown.decoder.write(Buffer.from(bytes));
    if (printed === '') return '';
    const seconds = (((at ?? shown.startedAt) - shown.startedAt) / 1000).toFixed(3);
    const prefix = `#${shown.number} ${seconds} `;
    const isContinued = this.#openLine === shown;
    const before = isContinued ? '' : `${this.#line()}${prefix}`;
    const endsLine = printed.endsWith('\n');
    const lines = (endsLine ? printed.slice(0, -1) : printed).replaceAll('\n', `\n${prefix}`);
    this.#openLine = endsLine ? undefined : shown;
    return `${before}${lines}${endsLine ? '\n' : ''}`;
  }

  #finishPart({ id, vertex, total, startedAt, completedAt }: VertexStatus): string {
    const shown = this.#shown.get(vertex);
    const key = `${vertex} ${id}`;
    if (!shown || completedAt === undefined || this.#finished.has(key)) return '';
    this.#expectRoom(this.#finished);
    this.#finished.add(key);
    const size = total > 0 ? ` ${(total / 1_000_000).toFixed(2)}MB` : '';
    const took = startedAt === undefined ? '' : ` ${secondsBetween(startedAt, completedAt)}`;
    return `${this.#line()}#${shown.number} ${oneLine(id)}${size}${took} done\n`;
  }

  #end({ digest, isCached, error, startedAt, completedAt }: Vertex): string {
    const shown = this.#shown.get(digest);
    if (!shown || shown.isDone || completedAt === undefined) return '';
    shown.isDone = true;
    const prefix = `${this.#line()}#${shown.number}`;
    if (error !== undefined) return `${prefix} ERROR ${oneLine(error)}\n`;
    if (isCached) return `${prefix} CACHED\n`;
    return `${prefix} DONE ${secondsBetween(startedAt ?? shown.startedAt, completedAt)}\n`;
  }

  /** Ends the line that somebody left open. */
  #line(): string {
    const end = this.#openLine ? '\n' : '';
    this.#openLine = undefined;
    return end;
  }

  #expectRoom({ size }: { readonly size: number }): void {
    if (size < VERTEX_LIMIT) return;
    throw new EngineError(
      'PROTOCOL',
      `cannot ${this.#doing}: the engine tells of more than ${VERTEX_LIMIT} steps`,
    );
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const secondsBetween = (from: number, to: number): string => `${(Math.max(0, to - from) / 1000).toFixed(1)}s`;
