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
  /** Why it did not pass. */
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
  readonly tries: Map<string, number>;
  startedAt?: number;
  finishedAt?: number;
}

/** Makes of a run's events what is shown: its parts in order, those to come at the end. */
export function partsOf(events: readonly RunEvent[]): RunParts {
  const gathering: Gathering = { parts: [], services: [], planned: new Map(), tries: new Map() };
  for (const event of events) take(gathering, event);
  const { parts, services, planned, startedAt, finishedAt } = gathering;
  const toCome = finishedAt === undefined ? [...planned.values()] : [];
  return {
    parts: [...parts, ...toCome],
    services,
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
  };
}

function take(gathering: Gathering, event: RunEvent): void {
  switch (event.type) {
    case 'run-started':
      gathering.startedAt ??= event.at;
      break;
    case 'run-planned':
      plan(gathering, event.steps);
      break;
    case 'phase-started':
      begin(gathering, event, { name: text(event.phase) ?? 'phase', kind: 'around' });
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

function begin(
  { parts, tries }: Gathering,
  event: RunEvent,
  { name, kind, id = `${kind} ${name}` }: { name: string; kind: RunPart['kind']; id?: string },
): void {
  const attempt = (tries.get(id) ?? 0) + 1;
  tries.set(id, attempt);
  parts.push({
    key: `${id} ${attempt}`,
    name,
    kind,
    state: 'running',
    startedAt: event.at,
    log: { from: event.logOffset },
    ...(attempt > 1 && { attempt }),
  });
}

function beginStep(gathering: Gathering, event: RunEvent): void {
  const safeId = text(event.safeId) ?? 'step';
  gathering.planned.delete(safeId);
  const kind = event.phase === 'after' ? 'after' : 'step';
  begin(gathering, event, { name: text(event.displayName) ?? safeId, kind, id: `${kind} ${safeId}` });
}

function finish({ parts, planned }: Gathering, event: RunEvent): void {
  const isPhase = event.type === 'phase-finished';
  const safeId = text(event.safeId) ?? 'step';
  const wanted = isPhase ? `around ${text(event.phase) ?? 'phase'} ` : ` ${safeId} `;
  const part = parts.findLast(({ key, state }) => state === 'running' && `${key} `.includes(wanted));
  const message = text(event.message);
  const durationMs = number(event.durationMs);
  const facts = {
    state: resultOf(event.result),
    finishedAt: event.at,
    ...(durationMs !== undefined && { durationMs }),
    ...(message !== undefined && { message }),
  };
  if (part !== undefined) {
    Object.assign(part, facts, { log: { from: part.log?.from ?? event.logOffset, to: event.logOffset } });
    return;
  }
  // Skipped: it never began.
  if (isPhase) return;
  planned.delete(safeId);
  const kind = event.phase === 'after' ? 'after' : 'step';
  parts.push({ key: `${kind} ${safeId} 0`, name: text(event.displayName) ?? safeId, kind, ...facts });
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

/** What was going on when a run ended did not end by itself. */
function end(gathering: Gathering, event: RunEvent): void {
  gathering.finishedAt = event.at;
  for (const part of gathering.parts) {
    if (part.state !== 'running') continue;
    part.state = 'interrupted';
    part.finishedAt = event.at;
    part.log = { from: part.log?.from ?? event.logOffset, to: event.logOffset };
  }
}
