import type { RunEvent } from './step-events.ts';

/** How a part of a run is, or ended. */
export type PartState = 'pending' | 'running' | 'passed' | 'failed' | 'skipped' | 'interrupted';

/** A part of a run: a step, or what is done around the steps. */
export interface RunPart {
  /** Of no other part of the run. */
  readonly key: string;
  readonly name: string;
  /** `around`: what is no step: fetching images, storing what was made. */
  readonly kind: 'step' | 'after' | 'around' | 'service';
  readonly state: PartState;
  /** Milliseconds since the epoch; absent: it has not begun. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly durationMs?: number;
  /** Its part of the log, in bytes; without `to` it goes on. Absent: it has none. */
  readonly log?: { readonly from: number; readonly to?: number };
  /** What its report says, or why it did not pass. */
  readonly message?: string;
  /** From 2: it was tried again. */
  readonly attempt?: number;
}

/** What the events of a run tell of it. */
export interface RunParts {
  readonly parts: readonly RunPart[];
  /** Services, by when they were ready. */
  readonly services: readonly RunPart[];
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

const RESULTS: ReadonlySet<unknown> = new Set(['passed', 'failed', 'skipped', 'interrupted']);
const resultOf = (value: unknown): PartState => (RESULTS.has(value) ? (value as PartState) : 'failed'); // of the set

type Growing = { -readonly [Key in keyof RunPart]: RunPart[Key] };

interface Gathering {
  readonly parts: Growing[];
  readonly services: RunPart[];
  /** Steps that were planned, by safe id, in order. */
  readonly planned: Map<string, RunPart>;
  /** How often each part began, by its kind and name. */
  readonly tries: Map<string, number>;
  /** Those that go on, by the same. */
  readonly running: Map<string, Growing>;
  startedAt?: number;
  finishedAt?: number;
}

/** The end of a run as others than itself know it; of a lost one nobody knows when. */
export interface RunEnd {
  /** Milliseconds since the epoch. */
  readonly at?: number | undefined;
}

/**
 * Makes of a run's events what is shown: its parts in order, those to come at the end. Whoever was killed, or lost its worker,
 * wrote no last event: `ended` says that none comes.
 */
export function partsOf(events: readonly RunEvent[], ended?: RunEnd): RunParts {
  const gathering: Gathering = {
    parts: [],
    services: [],
    planned: new Map(),
    tries: new Map(),
    running: new Map(),
  };
  for (const event of events) take(gathering, event);
  const toCome = gathering.finishedAt === undefined ? stillPlanned(gathering, ended) : [];
  if (ended !== undefined) stop(gathering, ended.at);
  const { parts, services, startedAt, finishedAt = ended?.at } = gathering;
  return {
    parts: [...parts, ...toCome],
    services,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

const stillPlanned = ({ planned }: Gathering, ended: RunEnd | undefined): readonly RunPart[] =>
  [...planned.values()].map((part) => (ended === undefined ? part : { ...part, state: 'skipped' }));

function take(gathering: Gathering, event: RunEvent): void {
  switch (event.type) {
    case 'run-started':
      gathering.startedAt ??= event.at;
      break;
    case 'run-planned':
      plan(gathering, event.steps);
      break;
    case 'phase-started':
      begin(gathering, event, phaseOf(event));
      break;
    case 'step-started':
      beginStep(gathering, event);
      break;
    case 'phase-finished':
    case 'step-finished':
      finish(gathering, event);
      break;
    case 'service-ready':
      addService(gathering, event);
      break;
    case 'run-finished':
      end(gathering, event);
      break;
  }
}

function plan({ planned }: Gathering, steps: unknown): void {
  if (!Array.isArray(steps)) return;
  for (const step of steps as readonly Partial<Record<string, unknown>>[]) {
    // each field is looked at
    const safeId = text(step?.['safeId']);
    if (safeId === undefined || step['phase'] === 'after') continue; // whether those run is not known yet
    const name = text(step['displayName']) ?? text(step['name']) ?? safeId;
    planned.set(safeId, { key: `planned ${safeId}`, name, kind: 'step', state: 'pending' });
  }
}

/** Which part an event is of. */
interface PartName {
  readonly id: string;
  readonly name: string;
  readonly kind: RunPart['kind'];
}

function phaseOf(event: RunEvent): PartName {
  const name = text(event.phase) ?? 'phase';
  return { id: `around ${name}`, name, kind: 'around' };
}

function stepOf(event: RunEvent): PartName {
  const safeId = text(event.safeId) ?? 'step';
  const kind = event.phase === 'after' ? 'after' : 'step';
  return { id: `${kind} ${safeId}`, name: text(event.displayName) ?? safeId, kind };
}

function add({ parts, tries }: Gathering, { id, name, kind }: PartName, state: PartState): Growing {
  const attempt = (tries.get(id) ?? 0) + 1;
  tries.set(id, attempt);
  const part: Growing = { key: `${id} ${attempt}`, name, kind, state, ...(attempt > 1 && { attempt }) };
  parts.push(part);
  return part;
}

function begin(gathering: Gathering, event: RunEvent, name: PartName): void {
  const part = add(gathering, name, 'running');
  part.startedAt = event.at;
  part.log = { from: event.logOffset };
  gathering.running.set(name.id, part);
}

function beginStep(gathering: Gathering, event: RunEvent): void {
  gathering.planned.delete(text(event.safeId) ?? 'step');
  begin(gathering, event, stepOf(event));
}

function finish(gathering: Gathering, event: RunEvent): void {
  const isPhase = event.type === 'phase-finished';
  const name = isPhase ? phaseOf(event) : stepOf(event);
  const begun = gathering.running.get(name.id);
  if (begun === undefined && isPhase) return;
  gathering.running.delete(name.id);
  gathering.planned.delete(text(event.safeId) ?? 'step');
  const state = resultOf(event.result);
  // What was skipped never began.
  const part = begun ?? add(gathering, name, state);
  part.state = state;
  part.finishedAt = event.at;
  if (part.log !== undefined) part.log = { from: part.log.from, to: event.logOffset };
  const [message, durationMs] = [text(event.message), number(event.durationMs)];
  if (message !== undefined) part.message = message;
  if (durationMs !== undefined) part.durationMs = durationMs;
}

function addService({ services, startedAt }: Gathering, event: RunEvent): void {
  const name = text(event.service) ?? 'service';
  const durationMs = number(event.durationMs) ?? 0;
  services.push({
    key: `service ${name}`,
    name,
    kind: 'service',
    state: 'passed',
    startedAt: Math.max(startedAt ?? 0, event.at - durationMs),
    finishedAt: event.at,
    durationMs,
  });
}

function end(gathering: Gathering, event: RunEvent): void {
  gathering.finishedAt = event.at;
  for (const part of gathering.running.values()) {
    part.log = { from: part.log?.from ?? event.logOffset, to: event.logOffset };
  }
  stop(gathering, event.at);
}

/** What was going on when a run ended did not end by itself. */
function stop({ running }: Gathering, at: number | undefined): void {
  for (const part of running.values()) {
    part.state = 'interrupted';
    if (at !== undefined) part.finishedAt = at;
  }
  running.clear();
}
