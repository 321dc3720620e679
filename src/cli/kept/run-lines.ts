import type { RecordedArtifact, RunRecord } from '../../artifacts/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import { formatAge } from '../render/age.ts';
import { type Cell, shownText, tableLines } from '../render/columns.ts';
import { stepTable } from '../render/step-table.ts';
import type { Style } from '../render/style.ts';

export const RESULT_COLOURS = {
  passed: 'green',
  failed: 'red',
  interrupted: 'yellow',
  lost: 'yellow',
  running: 'cyan',
} as const;

/** As much of a message as belongs on a page. */
const MESSAGE_LENGTH = 500;

/**
 * As much of a name as is shown where it need not fit a column, and of artifacts' names everywhere, since they are typed
 * again: a step's has 43 characters and more.
 */
export const NAME_LENGTH = 255;

const sizeOf = ({ artifacts }: RunRecord): number =>
  artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

function took({ startedAt, finishedAt }: RunRecord): string {
  return finishedAt === undefined ? '' : formatDuration(Math.max(0, finishedAt - startedAt));
}

const COLUMNS = [
  { title: 'RUN' },
  { title: 'APPLICATION' },
  { title: 'PIPELINE' },
  { title: 'RESULT' },
  { title: 'STARTED', align: 'right' },
  { title: 'TOOK', align: 'right' },
  { title: 'ARTIFACTS' },
] as const;

function artifactsCell(run: RunRecord): string {
  if (run.artifacts.length === 0) return run.kept ? 'kept' : '';
  const kept = run.kept ? ', kept' : '';
  return `${run.artifacts.length}, ${formatBytes(sizeOf(run))}${kept}`;
}

const resultText = ({ result, cachedFrom }: RunRecord): string =>
  cachedFrom === undefined ? result : `${result}, cached`;

function runRow(run: RunRecord, style: Style, now: number): Cell[] {
  return [
    { text: shownText(run.runId, 128) },
    { text: shownText(run.application.name) },
    { text: shownText(run.pipeline) },
    { text: resultText(run), paint: (text) => style(text, RESULT_COLOURS[run.result]) },
    { text: formatAge(run.startedAt, now) },
    { text: took(run) },
    { text: artifactsCell(run) },
  ];
}

/** Runs as a table, in the order in which they are given. */
export const runTable = (runs: readonly RunRecord[], style: Style, now: number): string[] =>
  tableLines(
    COLUMNS,
    runs.map((run) => runRow(run, style, now)),
  );

/** A time that may be any number: what is none is shown as it is. */
const exact = (at: number): string =>
  Number.isFinite(new Date(at).getTime()) ? new Date(at).toISOString() : String(at);

function timeLine(run: RunRecord, now: number): string {
  const started = `${exact(run.startedAt)} (${formatAge(run.startedAt, now)})`;
  return run.finishedAt === undefined ? started : `${started}, took ${took(run)}`;
}

function facts(run: RunRecord, now: number): string[] {
  const { branch = '', commit = '' } = run.git ?? {};
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['application', shownText(run.application.name, NAME_LENGTH)],
    ['started', timeLine(run, now)],
    [
      'git',
      branch === '' && commit === ''
        ? undefined
        : `${shownText(branch, NAME_LENGTH)} ${shownText(commit)}`.trim(),
    ],
    ['part of', run.partOf === undefined ? undefined : `run ${shownText(run.partOf, 128)}`],
    [
      'cached',
      run.cachedFrom === undefined
        ? undefined
        : `nothing ran: it was given what run ${shownText(run.cachedFrom.runId, 128)} of ${exact(run.cachedFrom.startedAt)} made`,
    ],
    ['message', run.message === undefined ? undefined : shownText(run.message, MESSAGE_LENGTH)],
    ['kept', run.kept ? 'no retention rule removes it' : undefined],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(11)}  ${value}`]));
}

/** Where an artifact is, in words: its file or address, else what its store is called. */
export type PlaceOf = (artifact: RecordedArtifact) => string | undefined;

function artifactLines(artifact: RecordedArtifact, placeOf: PlaceOf, now: number): string[] {
  const { files: count, expiresAt } = artifact;
  const files = count === undefined ? '' : `, ${count} ${count === 1 ? 'file' : 'files'}`;
  const expires =
    expiresAt === undefined
      ? ''
      : `, ${expiresAt > now ? `expires ${formatAge(expiresAt, now)}` : `expired ${formatAge(expiresAt, now)}`}`;
  const place = placeOf(artifact) ?? `${artifact.key} in ${artifact.store}`;
  return [
    `  ${shownText(artifact.name, NAME_LENGTH)}  ${shownText(artifact.fileName)}  ${formatBytes(artifact.sizeBytes)}${files}${expires}`,
    `    ${shownText(place, 1000)}`,
  ];
}

export interface RunPageOptions {
  readonly style: Style;
  readonly now: number;
  readonly columns: number | undefined;
  readonly placeOf: PlaceOf;
}

/** All that is known of one run. */
export function runPage(run: RunRecord, { style, now, columns, placeOf }: RunPageOptions): string[] {
  const steps = run.steps.map(({ displayName, message, ...step }) => ({
    ...step,
    displayName: shownText(displayName),
    ...(message !== undefined && { message }),
  }));
  const result = style(run.result, RESULT_COLOURS[run.result]);
  return [
    `${style(`Run ${shownText(run.runId, 128)}`, 'bold')}  ${run.kind} ${shownText(run.pipeline, NAME_LENGTH)}  ${result}`,
    ...facts(run, now),
    ...(steps.length === 0 ? [] : ['Steps', ...stepTable(steps, { style, columns })]),
    ...(run.artifacts.length === 0 ? [] : ['Artifacts']),
    ...run.artifacts.flatMap((artifact) => artifactLines(artifact, placeOf, now)),
  ];
}
