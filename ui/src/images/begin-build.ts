import { getBuild } from '../api/builds.ts';
import { type BuildForm, EMPTY_BUILD, KIND_NAMES } from './build-form.ts';

/** What the form begins with. */
export interface Beginning {
  readonly form: BuildForm;
  /** There was a requirement file, which the server keeps only while it builds. */
  readonly lacksFile: boolean;
}

const MOST_KEPT = 20;

// What was typed here, while the page is there: a file may hold tokens, and is written nowhere.
const typed = new Map<string, BuildForm>();

/** Keeps what a build was asked for with, so that it can be asked for again. */
export function keepForm(buildId: string, form: BuildForm): void {
  typed.set(buildId, form);
  const [oldest] = typed.keys();
  if (typed.size > MOST_KEPT && oldest !== undefined) typed.delete(oldest);
}

/** Where a build is asked for once more. */
export const againHref = (buildId: string): string => `/images?new=yes&again=${encodeURIComponent(buildId)}`;

/** The form of a build that is to be made once more, from its source on; without one an empty form. */
export async function beginBuild(again: string | null, signal: AbortSignal): Promise<Beginning> {
  if (again === null) return { form: EMPTY_BUILD, lacksFile: false };
  const kept = typed.get(again);
  if (kept !== undefined) return { form: { ...kept, force: kept.builder === '' }, lacksFile: false };
  const { source, target, kind, fileDigest } = await getBuild(again, signal);
  const colon = target.lastIndexOf(':');
  const known = KIND_NAMES.find((each) => each === kind);
  return {
    form: {
      ...EMPTY_BUILD,
      source,
      user: target.slice(0, colon),
      tag: target.slice(colon + 1),
      ...(known !== undefined && { kind: known }),
      force: true,
    },
    lacksFile: fileDigest !== undefined,
  };
}
