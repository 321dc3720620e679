import type { RuntimeKind } from '../build.ts';

/** A language whose images can be extended. */
export interface Kind {
  readonly name: RuntimeKind;
  /** What the file with the requirements is called, in the context and in the image's `/tmp`. */
  readonly requirementFile: string;
}

const REQUIREMENT_FILES: Readonly<Record<RuntimeKind, string>> = {
  go: 'go.mod',
  java: 'pom.xml',
  nodejs: 'package.json',
  php: 'composer.json',
  python: 'requirements.txt',
  ruby: 'Gemfile',
  dotnet: 'project.json',
};

/** Every kind there is. */
export const KINDS: ReadonlyMap<string, Kind> = new Map(
  // The keys of a record of kinds are kinds.
  (Object.entries(REQUIREMENT_FILES) as [RuntimeKind, string][]).map(([name, requirementFile]) => [
    name,
    { name, requirementFile },
  ]),
);

/** The kind of a name as somebody wrote it. `undefined`: there is none of that name. */
export function kindOf(name: string): Kind | undefined {
  return KINDS.get(name);
}
