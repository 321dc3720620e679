import type { CacheInput, CacheKey, SourceChange } from '../../pipeline/index.ts';
import type { EarlierDifference } from '../../runner/index.ts';
import { shownText, tableLines } from './columns.ts';
import type { Style } from './style.ts';

const WORDS = {
  format: 'format',
  pipeline: 'pipeline',
  box: 'box',
  service: 'service',
  step: 'step',
  environment: 'variable',
  source: 'source',
} as const satisfies Record<CacheInput['kind'], string>;

/** How much of a digest tells two of them apart. */
const SHOWN_DIGITS = 12;
const NAME_WIDTH = 60;
const FACT_WIDTH = 90;
/** More names of files than anybody reads. */
const MAX_FILES = 20;

const digestText = ({ digest, isSecret }: CacheInput): string =>
  isSecret ? 'secret' : (digest ?? '').slice(0, SHOWN_DIGITS);

/** All that a key depends on. */
export function keyLines({ key, inputs, source, warnings }: CacheKey, style: Style): string[] {
  const files = source.filter(({ kind }) => kind !== 'folder').length;
  const rows = inputs.map((input) => [
    { text: WORDS[input.kind] },
    { text: shownText(input.name, NAME_WIDTH) },
    { text: digestText(input), paint: (text: string) => style(text, 'dim') },
    { text: factOf(input, files) },
  ]);
  return [
    `Key ${key}`,
    ...tableLines([{ title: 'KIND' }, { title: 'NAME' }, { title: 'DIGEST' }, { title: '' }], rows),
    ...warnings.map((warning) => `${style('warning:', 'yellow')} ${warning}`),
  ];
}

function factOf(input: CacheInput, files: number): string {
  if (isSourceFiles(input)) return files === 1 ? '1 file' : `${files} files`;
  return shownText(input.shown ?? '', FACT_WIDTH);
}

const SIGN = { added: '+', removed: '-', changed: '~', mode: '~' } as const;

/** What differs from an earlier build. */
export function changeLines({ changes, secrets, files }: EarlierDifference, style: Style): string[] {
  // The files themselves say more than that there are some.
  const inputs = changes.filter(({ input }) => !isSourceFiles(input) || files.length === 0);
  return [
    ...inputs.map(
      ({ change, input, before }) =>
        `  ${SIGN[change]} ${WORDS[input.kind]} ${shownText(input.name, NAME_WIDTH)}${difference(input, before, style)}`,
    ),
    ...fileLines(files, style),
    ...(secrets.length > 0 ? [`  ~ a secret: ${secrets.map(({ name }) => name).join(', ')}`] : []),
  ];
}

const isSourceFiles = ({ kind, name }: CacheInput): boolean => kind === 'source' && name === 'files';

function difference({ shown }: CacheInput, before: string | undefined, style: Style): string {
  if (shown === undefined || before === undefined || shown === before) return '';
  return style(`  ${shownText(before, FACT_WIDTH)} → ${shownText(shown, FACT_WIDTH)}`, 'dim');
}

function fileLines(files: readonly SourceChange[], style: Style): string[] {
  const lines = files
    .slice(0, MAX_FILES)
    .map(
      ({ change, path }) =>
        `  ${SIGN[change]} file ${shownText(path, FACT_WIDTH)}${change === 'mode' ? style('  mode', 'dim') : ''}`,
    );
  const more = files.length - lines.length;
  return more > 0 ? [...lines, `  and ${more} more files`] : lines;
}
