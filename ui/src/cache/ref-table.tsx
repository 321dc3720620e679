import type { CacheRef } from '../../../src/page/wire.ts';
import { CommandLine } from '../parts/command-line.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { countText } from '../parts/format.ts';
import { Age } from '../parts/time.tsx';
import { type Entry, entriesOf, pullCommand } from './folders.ts';
import { cacheHref } from './ref-trail.tsx';

const KIND_WORDS: Readonly<Record<CacheRef['kind'], string>> = {
  artifact: 'artifact',
  build: 'cached build',
  source: 'source',
  'pipeline-cache': 'pipeline cache',
  other: 'other',
};

/** Sources are committed without a time, so that the same files are the same commit. */
const commitTime = ({ committedAt }: CacheRef): string | undefined =>
  committedAt !== undefined && Date.parse(committedAt) > 0 ? committedAt : undefined;

const COLUMNS: readonly Column<Entry>[] = [
  {
    title: 'Ref',
    kind: 'main',
    cell: (entry) =>
      entry.type === 'folder' ? (
        <a href={cacheHref(entry.prefix)}>{entry.name}</a>
      ) : (
        <RefName entry={entry} />
      ),
  },
  {
    title: 'What',
    cell: (entry) => (entry.type === 'folder' ? `${countText(entry.refs)} refs` : KIND_WORDS[entry.ref.kind]),
  },
  {
    title: 'Committed',
    kind: 'number',
    cell: (entry) => (entry.type === 'ref' ? <Age at={commitTime(entry.ref)} /> : ''),
  },
  {
    title: 'Used',
    kind: 'number',
    cell: (entry) => (entry.type === 'ref' ? <Age at={entry.ref.usedAt} /> : ''),
  },
];

/** A ref; opened it says which commit it names, and how to have it. */
const RefName = ({ entry: { name, ref } }: { readonly entry: Entry & { readonly type: 'ref' } }) => (
  <details class="ref">
    <summary>
      {name}
      {ref.isPinned === true && <span class="tag">pinned</span>}
    </summary>
    <p class="small">
      commit <code>{ref.commit}</code>
    </p>
    <CommandLine
      text={pullCommand(ref.ref, location.origin)}
      label={`Copy the command that pulls ${ref.ref}`}
    />
  </details>
);

interface RefTableProps {
  readonly refs: readonly CacheRef[];
  readonly prefix: string;
  /** No more refs follow. */
  readonly isWhole: boolean;
}

/** Refs below a prefix, those with the same next part as one folder. */
export function RefTable({ refs, prefix, isWhole }: RefTableProps) {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  return (
    <DataTable
      label="Refs"
      columns={COLUMNS}
      items={entriesOf(refs, folder, isWhole)}
      idOf={(entry) => entry.name}
      addressOf={(entry) => (entry.type === 'folder' ? cacheHref(entry.prefix) : undefined)}
    />
  );
}
