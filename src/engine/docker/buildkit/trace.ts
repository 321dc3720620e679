import type { BinaryReader } from '@bufbuild/protobuf/wire';

/** One piece of the work that BuildKit does: an instruction, or something of its own. */
export interface Vertex {
  readonly digest: string;
  /** `[2/3] RUN make`, `[internal] load build context`, … */
  readonly name: string;
  readonly isCached: boolean;
  /** Milliseconds since the epoch, as all times here. */
  readonly startedAt?: number;
  readonly completedAt?: number;
  readonly error?: string;
}

/** How far a part of a vertex is: a layer that is fetched, a name that is given. */
export interface VertexStatus {
  readonly id: string;
  readonly vertex: string;
  readonly current: number;
  readonly total: number;
  readonly startedAt?: number;
  readonly completedAt?: number;
}

/** What a vertex printed. */
export interface VertexLog {
  readonly vertex: string;
  readonly at?: number;
  readonly bytes: Uint8Array;
}

/** What BuildKit says at one moment: its message `StatusResponse`. */
export interface Trace {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly VertexLog[];
}

/** Makes a reader of protobuf's wire format. */
export type OpenReader = (bytes: Uint8Array) => BinaryReader;

/** Loaded only where somebody builds with BuildKit. */
export async function loadReader(): Promise<OpenReader> {
  const wire = await import('@bufbuild/protobuf/wire');
  return (bytes) => new wire.BinaryReader(bytes);
}

/** Values of one message by number of their field; fields of other forms than these two are passed over. */
type Field = readonly [number: number, value: Uint8Array | number];

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** The names of BuildKit's steps hold whole instructions, with scripts in them. */
const NAME_LIMIT = 2_000;

/** Reads one `StatusResponse`. Bytes of the logs are a view of what is given. Throws for bytes that are none. */
export function readTrace(bytes: Uint8Array, open: OpenReader): Trace {
  const vertexes: Vertex[] = [];
  const statuses: VertexStatus[] = [];
  const logs: VertexLog[] = [];
  for (const [number, value] of fields(bytes, open)) {
    if (typeof value === 'number') continue;
    if (number === 1) vertexes.push(readVertex(value, open));
    if (number === 2) statuses.push(readStatus(value, open));
    if (number === 3) logs.push(readLog(value, open));
  }
  return { vertexes, statuses, logs };
}

function readVertex(bytes: Uint8Array, open: OpenReader): Vertex {
  const found = new Map(fields(bytes, open));
  const error = textOf(found.get(7));
  return {
    digest: textOf(found.get(1)),
    name: textOf(found.get(3)),
    isCached: found.get(4) === 1,
    ...timeOf('startedAt', found.get(5), open),
    ...timeOf('completedAt', found.get(6), open),
    ...(error !== '' && { error }),
  };
}

function readStatus(bytes: Uint8Array, open: OpenReader): VertexStatus {
  const found = new Map(fields(bytes, open));
  return {
    id: textOf(found.get(1)),
    vertex: textOf(found.get(2)),
    current: numberOf(found.get(4)),
    total: numberOf(found.get(5)),
    ...timeOf('startedAt', found.get(7), open),
    ...timeOf('completedAt', found.get(8), open),
  };
}

function readLog(bytes: Uint8Array, open: OpenReader): VertexLog {
  const found = new Map(fields(bytes, open));
  const printed = found.get(4);
  return {
    vertex: textOf(found.get(1)),
    ...timeOf('at', found.get(2), open),
    bytes: typeof printed === 'object' ? printed : new Uint8Array(),
  };
}

function* fields(bytes: Uint8Array, open: OpenReader): Generator<Field, void> {
  const reader = open(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === VARINT) yield [number, Number(reader.int64())];
    else if (wireType === LENGTH_DELIMITED) yield [number, reader.bytes()];
    else reader.skip(wireType, number);
  }
}

const numberOf = (value: Field[1] | undefined): number => (typeof value === 'number' ? value : 0);

function textOf(value: Field[1] | undefined): string {
  return typeof value === 'object' ? Buffer.from(value).toString().slice(0, NAME_LIMIT) : '';
}

/** A `Timestamp`: seconds, and nanoseconds beside them. */
function timeOf<Name extends string>(
  name: Name,
  value: Field[1] | undefined,
  open: OpenReader,
): { readonly [key in Name]?: number } {
  if (typeof value !== 'object') return {};
  const found = new Map(fields(value, open));
  const at = numberOf(found.get(1)) * 1000 + numberOf(found.get(2)) / 1_000_000;
  // The one member is the one that is asked for.
  return { [name]: at } as { readonly [key in Name]?: number };
}
