import { useEffect, useState } from 'preact/hooks';
import { LaterLogView } from '../log/later-log-view.tsx';
import { readLineRange } from '../log/line-hash.ts';
import type { OpenLog } from '../log/log-client.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { Duration } from '../parts/time.tsx';
import { here } from '../router/location.ts';
import { lengthText } from '../timeline/time-scale.ts';
import './steps.css';
import type { PartState, RunPart } from './steps-of.ts';

interface StepListProps {
  readonly parts: readonly RunPart[];
  /** Absent where the run has no log. */
  readonly log: OpenLog | undefined;
  readonly rawUrl: string;
  readonly fileName: string;
}

/** The parts of a run in order; each opens to its part of the log. */
export function StepList({ parts, log, rawUrl, fileName }: StepListProps) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const sections = useSections(log, parts);
  const picked = readLineRange(here.value.hash)?.first;
  const isOpen = (part: RunPart): boolean => {
    const section = sections.get(part.key);
    const isNamed =
      picked !== undefined && section !== undefined && picked > section.from && picked <= section.to;
    return toggled.get(part.key) ?? (isNamed || OPEN.has(part.state));
  };
  const toggle = (part: RunPart): void =>
    setToggled((before) => new Map(before).set(part.key, !isOpen(part)));
  return (
    <ol class="steps">
      {parts.map((part) => (
        <Step key={part.key} part={part} isOpen={isOpen(part)} onToggle={() => toggle(part)}>
          {log !== undefined && part.log !== undefined && (
            <StepLog part={part} section={sections.get(part.key)} {...{ log, rawUrl, fileName }} />
          )}
        </Step>
      ))}
    </ol>
  );
}

/** What somebody who comes here most likely looks for. */
const OPEN: ReadonlySet<PartState> = new Set(['running', 'failed', 'interrupted']);

interface StepProps {
  readonly part: RunPart;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly children: preact.ComponentChildren;
}

function Step({ part, isOpen, onToggle, children }: StepProps) {
  const { key, name, kind, state, startedAt, finishedAt, durationMs, message, attempt } = part;
  const id = `step-${key.replaceAll(/\W+/g, '-')}`;
  const hasLog = part.log !== undefined;
  return (
    <li class={`step is-${state} of-${kind}`}>
      <button
        type="button"
        class="step-head"
        aria-expanded={hasLog ? isOpen : undefined}
        aria-controls={hasLog && isOpen ? id : undefined}
        disabled={!hasLog}
        onClick={onToggle}
      >
        <span class="step-mark" aria-hidden="true" />
        <span class="step-name">
          {name}
          {attempt !== undefined && <span class="tag">try {attempt}</span>}
          {kind === 'after' && <span class="tag">after-step</span>}
        </span>
        <StateBadge state={state} />
        <span class="step-time">
          {durationMs !== undefined
            ? state !== 'skipped' && <span class="duration">{lengthText(durationMs)}</span>
            : // When one of a lost run ended is not known.
              (state === 'running' || finishedAt !== undefined) && (
                <Duration from={startedAt} to={finishedAt} />
              )}
        </span>
      </button>
      {message !== undefined && <p class="step-message">{message}</p>}
      {hasLog && isOpen && (
        <div id={id} class="step-log">
          {children}
        </div>
      )}
    </li>
  );
}

interface Section {
  readonly from: number;
  readonly to: number;
}

interface StepLogProps {
  readonly part: RunPart;
  readonly section: Section | undefined;
  readonly log: OpenLog;
  readonly rawUrl: string;
  readonly fileName: string;
}

function StepLog({ part, section, log, rawUrl, fileName }: StepLogProps) {
  if (section === undefined) return <p class="dim small">The log is on its way.</p>;
  if (section.from >= section.to && part.state !== 'running') {
    return <p class="dim small">It printed nothing.</p>;
  }
  return (
    <LaterLogView
      label={`Log of ${part.name}`}
      section={section}
      isLive={part.state === 'running'}
      {...{ log, rawUrl, fileName }}
    />
  );
}

/** Which lines of the log parts have: as far as the log is there. */
function useSections(log: OpenLog | undefined, parts: readonly RunPart[]): ReadonlyMap<string, Section> {
  const [sections, setSections] = useState<ReadonlyMap<string, Section>>(new Map());
  const sizeBytes = useSizeBytes(log);
  const offsets = parts.flatMap(({ log: part }) => (part === undefined ? [] : [part.from, part.to ?? -1]));
  // What is there of it does not change: it is asked for again as long as more of it comes.
  const lacking = offsets.some((offset) => offset > sizeBytes) ? sizeBytes : 'all';
  const wanted = `${offsets.join(' ')} ${lacking}`;
  useEffect(() => {
    if (log === undefined || offsets.length === 0) return;
    let isCurrent = true;
    const known = offsets.map((offset) => Math.max(0, offset));
    log.places(known).then(
      (lines) => {
        if (isCurrent) setSections(sectionsOf(parts, lines));
      },
      () => {}, // the log's own view says what is wrong with it
    );
    return () => {
      isCurrent = false;
    };
  }, [log, wanted]);
  return sections;
}

function useSizeBytes(log: OpenLog | undefined): number {
  const [size, setSize] = useState(log?.state.sizeBytes ?? 0);
  useEffect(() => {
    if (log === undefined) return;
    setSize(log.state.sizeBytes);
    return log.onState((state) => setSize(state.sizeBytes));
  }, [log]);
  return size;
}

function sectionsOf(parts: readonly RunPart[], lines: readonly number[]): ReadonlyMap<string, Section> {
  const sections = new Map<string, Section>();
  let at = 0;
  for (const { key, log } of parts) {
    if (log === undefined) continue;
    const [from = 0, to = 0] = [lines[at], lines[at + 1]];
    sections.set(key, { from, to: log.to === undefined ? Number.POSITIVE_INFINITY : Math.max(from, to) });
    at += 2;
  }
  return sections;
}
