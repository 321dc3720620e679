import type { CommitSize } from '../../cache/index.ts';
import { formatBytes, visibleText } from '../../kernel/index.ts';
import { formatAge } from '../render/age.ts';
import { shownText } from '../render/columns.ts';
import type { Style } from '../render/style.ts';
import type { ArtifactKeys } from './artifact-metadata.ts';
import { counted } from './tree-lines.ts';

/** What is said of an artifact before its files. */
export interface DescribedArtifact {
  readonly ref: string;
  readonly commit: string;
  readonly subject: string;
  readonly body: string;
  readonly committedAt: number;
  readonly size: CommitSize;
  readonly keys?: ArtifactKeys;
}

const TEXT_LENGTH = 1000;
const SHOWN_DEPENDENCIES = 20;

function keyRows({ strong, weak, dependencies }: ArtifactKeys): [string, string][] {
  const names = Object.entries(dependencies);
  const shown = names
    .slice(0, SHOWN_DEPENDENCIES)
    .map(([name, key]): [string, string] => [
      'built with',
      `${shownText(name, TEXT_LENGTH)} ${shownText(key, TEXT_LENGTH)}`,
    ]);
  const more = names.length - shown.length;
  return [
    ['strong key', shownText(strong, TEXT_LENGTH)],
    ['weak key', shownText(weak, TEXT_LENGTH)],
    ...shown,
    ...(more > 0 ? ([['', `and ${more} more`]] satisfies [string, string][]) : []),
  ];
}

/** A commit may say any number of seconds; beyond the year 275760 there are no dates. */
function madeText(at: number, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return 'at a time that is none';
  return `${date.toISOString().slice(0, 19)}Z, ${formatAge(at, now)}`;
}

/** Its facts, a line for each. */
export function artifactPage(artifact: DescribedArtifact, style: Style, now: number): string[] {
  const { ref, commit, subject, body, committedAt, size, keys } = artifact;
  const rows: [string, string][] = [
    ['artifact', visibleText(ref)],
    ['commit', commit],
    ['made', madeText(committedAt, now)],
    ...(subject === ref || subject === ''
      ? []
      : ([['subject', shownText(subject, TEXT_LENGTH)]] satisfies [string, string][])),
    ...(body === '' ? [] : ([['message', shownText(body, TEXT_LENGTH)]] satisfies [string, string][])),
    ...(keys === undefined ? [] : keyRows(keys)),
    ['stored', `${formatBytes(size.storedBytes)} in ${counted(size.objects, 'object')}`],
  ];
  return rows.map(([title, text]) => `${style(title.padEnd(10), 'dim')}  ${text}`);
}
