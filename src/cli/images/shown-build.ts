import { hasEnded, type RemoteBuild } from '../../builder-client/index.ts';
import { formatBytes, formatDuration } from '../../kernel/index.ts';
import type { ShownImageBuild } from '../events-schema/image-build-lines.ts';
import { EXIT } from '../exit-code.ts';
import { formatAge } from '../render/age.ts';
import { shownText } from '../render/columns.ts';

const NAME_LENGTH = 500;
const WHY_LENGTH = 2000;

/** A build as `--output json` has it. */
export const shownBuild = ({ id, key: _key, ...facts }: RemoteBuild): ShownImageBuild => ({
  buildId: id,
  ...facts,
});

/** How a build is, with what it does or why it did not succeed: `running (push)`, `failed (time-limit)`. */
export function shownState({ state, phase, reason }: RemoteBuild): string {
  const more = state === 'running' ? phase : reason;
  return more === undefined || more === state ? state : `${state} (${shownText(more)})`;
}

/** A build in a line: `ID: succeeded, waited 0.10s, took 4.20s`. */
export function buildLine(build: RemoteBuild): string {
  const times = timesText(build);
  return `${build.id}: ${shownState(build)}${times === '' ? '' : `, ${times}`}`;
}

/** 1 for a build that ended without an image; 0 for one that goes on. */
export const exitCodeOf = (build: RemoteBuild): number =>
  hasEnded(build) && build.state !== 'succeeded' ? EXIT.failed : EXIT.passed;

/** How long it waited and how long it took, as far as that is known. */
export function timesText({ createdAt, startedAt, endedAt }: RemoteBuild): string {
  const parts = [
    spanText('waited', createdAt, startedAt ?? endedAt),
    startedAt === undefined ? undefined : spanText('took', startedAt, endedAt),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function spanText(what: string, from: string | undefined, to: string | undefined): string | undefined {
  if (from === undefined || to === undefined) return undefined;
  return `${what} ${formatDuration(Math.max(0, Date.parse(to) - Date.parse(from)))}`;
}

/** All that is known of a build, for a person. */
export function buildText(build: RemoteBuild, now: number): string {
  const facts: [string, string | undefined][] = [
    ['job', build.jobName],
    ['target', build.target],
    ['source', build.source],
    ['kind', build.kind],
    ['created', build.createdAt === undefined ? undefined : formatAge(Date.parse(build.createdAt), now)],
    ...imageFacts(build),
  ];
  return [
    buildLine(build),
    ...factLines(facts),
    ...(build.message === undefined ? [] : [shownLines(build.message)]),
  ].join('\n');
}

/** What a person wants to know of an image that was just made. */
export function imageLines(build: RemoteBuild): string[] {
  const { image } = build;
  if (image === undefined) return [];
  return factLines([
    ...imageFacts(build),
    ['use it', `wsk action create NAME FILE --docker ${image.reference}`],
  ]);
}

function imageFacts({
  image,
  reusedFrom,
  extends: base,
  attestation,
}: RemoteBuild): [string, string | undefined][] {
  return [
    ['image', image?.reference],
    ['digest', image?.digest],
    ['size', sizeText(image)],
    ['reused', reusedFrom === undefined ? undefined : `nothing was built: it is the image of ${reusedFrom}`],
    ['extends', base === undefined ? undefined : `only what the image of ${base} lacked was installed`],
    ['attest', attestation === 'failed' ? 'SBOM and provenance could not be attached' : undefined],
  ];
}

function sizeText(image: RemoteBuild['image']): string | undefined {
  if (image?.sizeBytes === undefined) return undefined;
  const { sizeBytes, addedBytes } = image;
  return `${formatBytes(sizeBytes)}${addedBytes === undefined ? '' : `, ${formatBytes(addedBytes)} of it added`}`;
}

const factLines = (facts: readonly (readonly [string, string | undefined])[]): string[] =>
  facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(8)} ${shownText(value, NAME_LENGTH)}`],
  );

/** What a server says in more than one line, safe to print. */
export const shownLines = (text: string): string =>
  text
    .slice(0, WHY_LENGTH)
    .split('\n')
    .map((line) => shownText(line, WHY_LENGTH))
    .join('\n');
