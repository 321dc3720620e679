import { formatBytes } from '../kernel/index.ts';
import type { RecordedArtifact, RunRecord } from './run-record.ts';

const DAY_MS = 24 * 60 * 60_000;

/** How long runs, and what they produced, stay. `Infinity` where a rule is not to count. */
export interface RetentionRules {
  /** Days after which a run goes that has ended; fractions count. */
  readonly keepDays: number;
  /** The same for runs that did not pass. Absent: `keepDays`. */
  readonly keepFailedDays?: number;
  /** The newest so many runs of each application stay, of the others none. */
  readonly keepRuns: number;
  /** What all artifacts together may take; the least recently finished runs go first. Absent: as much as there is. */
  readonly maxBytes?: number;
}

export const DEFAULT_RETENTION: RetentionRules = { keepDays: 30, keepRuns: 100 };

export interface RetentionInput {
  readonly rules: RetentionRules;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether `maxBytes` counts an artifact: what went to another store takes no room in this one. @defaultValue each */
  readonly isCounted?: (artifact: RecordedArtifact) => boolean;
}

/** A run that goes. */
export interface Departure {
  readonly run: RunRecord;
  readonly rule: 'age' | 'count' | 'size' | 'part' | 'asked';
  /** One sentence, without an end. */
  readonly reason: string;
}

/** A run and the runs that built its services: they go and stay together. */
interface Group {
  readonly head: RunRecord;
  readonly runs: readonly RunRecord[];
  readonly sizeBytes: number;
}

/** What goes on is newer than whatever has ended. */
const endOf = ({ result, finishedAt, startedAt }: RunRecord): number =>
  result === 'running' ? Number.MAX_SAFE_INTEGER : (finishedAt ?? startedAt);

/** Bytes of artifacts that have not expired. */
export const liveBytes = (artifacts: readonly RecordedArtifact[], now: number): number =>
  artifacts
    .filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now)
    .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** The run at the top of those that a run is part of; itself where a record is missing, or where they go in a circle. */
function headOf(run: RunRecord, byId: ReadonlyMap<string, RunRecord>): RunRecord {
  const seen = new Set<string>();
  let head = run;
  while (head.partOf !== undefined && !seen.has(head.runId)) {
    seen.add(head.runId);
    const above = byId.get(head.partOf);
    if (above === undefined) return head;
    head = above;
  }
  return seen.has(head.runId) ? run : head;
}

function groupsOf(runs: readonly RunRecord[], { now, isCounted = () => true }: RetentionInput): Group[] {
  const byId = new Map(runs.map((run) => [run.runId, run]));
  const members = Map.groupBy(runs, (run) => headOf(run, byId));
  return Array.from(members, ([head, group]) => ({
    head,
    runs: group,
    sizeBytes: group.reduce((sum, run) => sum + liveBytes(run.artifacts.filter(isCounted), now), 0),
  })).toSorted((a, b) => endOf(b.head) - endOf(a.head) || (a.head.runId < b.head.runId ? 1 : -1));
}

/** What no rule takes: a kept run, one that goes on, and whatever belongs to them. */
const isFixed = ({ runs }: Group): boolean =>
  runs.some(({ kept, result }) => kept === true || result === 'running');

/** The newest run that passed, of each pipeline of each application: what `latest` means to people stays. */
function newestPassed(groups: readonly Group[]): Set<Group> {
  const newest = new Map<string, Group>();
  for (const group of groups) {
    const { result, application, pipeline } = group.head;
    const key = JSON.stringify([application.id, pipeline]);
    if (result === 'passed' && !newest.has(key)) newest.set(key, group);
  }
  return new Set(newest.values());
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function tooOld({ head }: Group, rules: RetentionRules, now: number): string | undefined {
  const hasPassed = head.result === 'passed';
  const days = hasPassed ? rules.keepDays : (rules.keepFailedDays ?? rules.keepDays);
  const ageDays = (now - endOf(head)) / DAY_MS;
  if (ageDays <= days) return undefined;
  const ended = `ended ${plural(Math.floor(ageDays), 'day')} ago`;
  return hasPassed || rules.keepFailedDays === undefined
    ? `it ${ended}, and runs are kept for ${plural(days, 'day')}`
    : `it ${ended} without passing, and such runs are kept for ${plural(days, 'day')}`;
}

type Rule = (group: Group) => Omit<Departure, 'run'> | undefined;

/** Counts the runs of each application from the newest on; kept ones take no place. */
function countRule({ keepRuns }: RetentionRules): Rule {
  const counts = new Map<string, number>();
  return ({ head: { application }, runs }) => {
    if (runs.some(({ kept }) => kept === true)) return undefined;
    const count = (counts.get(application.id) ?? 0) + 1;
    counts.set(application.id, count);
    if (count <= keepRuns) return undefined;
    const reason = `${application.name} has ${plural(count - 1, 'newer run')}, and ${keepRuns} are kept of each application`;
    return { rule: 'count', reason };
  };
}

function departures({ head, runs }: Group, why: Omit<Departure, 'run'>): Departure[] {
  return runs.map((run) =>
    run === head
      ? { run, ...why }
      : { run, rule: 'part', reason: `it is part of run ${head.runId}, which goes` },
  );
}

/**
 * Says which runs go, and why: the least recently finished first.
 *
 * A kept run never goes, nor does one that goes on. `keepDays`, `keepFailedDays` and `keepRuns` leave the newest passed run
 * of each pipeline; `maxBytes` does not, since a disk that is full helps nobody. Pure: a run that says `running` is
 * believed, so who knows that its process is gone says `lost` first.
 */
export function planRetention(runs: readonly RunRecord[], input: RetentionInput): Departure[] {
  const { rules, now } = input;
  const groups = groupsOf(runs, input);
  const newest = newestPassed(groups);
  const tooMany = countRule(rules);
  const goes = new Map<Group, Omit<Departure, 'run'>>();
  for (const group of groups) {
    const counted = tooMany(group);
    const old = tooOld(group, rules, now);
    const why = old === undefined ? counted : ({ rule: 'age', reason: old } as const);
    if (why !== undefined && !newest.has(group) && !isFixed(group)) goes.set(group, why);
  }
  for (const [group, why] of tooLarge(
    groups.filter((each) => !goes.has(each)),
    rules,
  ))
    goes.set(group, why);
  return groups.toReversed().flatMap((group) => {
    const why = goes.get(group);
    return why === undefined ? [] : departures(group, why);
  });
}

/** From the least recently finished on, until the rest fits; one without artifacts would free nothing. */
function tooLarge(
  groups: readonly Group[],
  { maxBytes }: RetentionRules,
): Map<Group, Omit<Departure, 'run'>> {
  const goes = new Map<Group, Omit<Departure, 'run'>>();
  if (maxBytes === undefined) return goes;
  const total = groups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let left = total;
  for (const group of groups.toReversed()) {
    if (left <= maxBytes) break;
    if (isFixed(group) || group.sizeBytes === 0) continue;
    left -= group.sizeBytes;
    const reason = `artifacts take ${formatBytes(total)}, ${formatBytes(maxBytes)} are kept, and it is among the least recently finished`;
    goes.set(group, { rule: 'size', reason });
  }
  return goes;
}
