import { useState } from 'preact/hooks';
import { LaterLogView } from '../log/later-log-view.tsx';
import { readLineRange } from '../log/line-hash.ts';
import type { OpenLog } from '../log/log-client.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import { Duration } from '../parts/time.tsx';
import { here } from '../router/location.ts';
import { lengthText } from '../timeline/time-scale.ts';
import './steps.css';
import type { PartState, RunPart } from './steps-of.ts';
import { type PartSection, useSections } from './use-sections.ts';

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

interface StepLogProps {
  readonly part: RunPart;
  readonly section: PartSection | undefined;
  readonly log: OpenLog;
  readonly rawUrl: string;
  readonly fileName: string;
}

function StepLog({ part, section, log, rawUrl, fileName }: StepLogProps) {
  const isEmpty = section !== undefined && section.from >= section.to && part.state !== 'running';
  if (section === undefined || (isEmpty && !section.isThere)) {
    return <p class="dim small">The log is on its way.</p>;
  }
  // A log that cannot be had says so itself.
  if (isEmpty && log.state.phase !== 'refused') return <p class="dim small">It printed nothing.</p>;
  return (
    <LaterLogView
      label={`Log of ${part.name}`}
      section={section}
      isLive={part.state === 'running'}
      {...{ log, rawUrl, fileName }}
    />
  );
}
