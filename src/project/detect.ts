import { readdir } from 'node:fs/promises';

interface Sign {
  readonly kind: string;
  readonly isSign: (name: string) => boolean;
}

const oneOf =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

/** In the order in which they count: the first sign that is there decides. */
const SIGNS: readonly Sign[] = [
  { kind: 'nodejs', isSign: oneOf('package.json') },
  { kind: 'python', isSign: oneOf('requirements.txt', 'pyproject.toml', 'setup.py') },
  { kind: 'ruby', isSign: oneOf('Gemfile') },
  { kind: 'golang', isSign: (name) => name === 'go.mod' || name.endsWith('.go') },
  { kind: 'java-maven', isSign: oneOf('pom.xml') },
  { kind: 'java-gradle', isSign: (name) => name === 'gradlew' || /\.gradle(\.kts)?$/.test(name) },
  { kind: 'rust', isSign: oneOf('Cargo.toml') },
  { kind: 'php', isSign: oneOf('composer.json') },
  { kind: 'docker', isSign: oneOf('Dockerfile', 'Containerfile') },
];

const NODE_LOCKS: readonly Sign[] = [
  { kind: 'nodejs-pnpm', isSign: oneOf('pnpm-lock.yaml') },
  { kind: 'nodejs-yarn', isSign: oneOf('yarn.lock') },
];

/** The kind of a project that shows no sign. */
export const DEFAULT_KIND = 'default';

/** All kinds of projects, those with a sign first. */
export const PROJECT_KINDS: readonly string[] = [
  ...SIGNS.map(({ kind }) => kind),
  ...NODE_LOCKS.map(({ kind }) => kind),
  DEFAULT_KIND,
];

/**
 * What kind of project a folder holds, by the names in it; `default` when none says anything. The same names give the
 * same kind, in whatever order the system lists them. Throws what the system says when the folder cannot be read.
 */
export async function detectProject(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const first = (signs: readonly Sign[]): string | undefined =>
    signs.find(({ isSign }) => names.some(isSign))?.kind;
  const kind = first(SIGNS) ?? DEFAULT_KIND;
  return kind === 'nodejs' ? (first(NODE_LOCKS) ?? kind) : kind;
}
