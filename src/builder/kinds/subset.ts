import type { RuntimeKind } from '../build.ts';
import { isGemfileSubset } from './subset-gemfile.ts';
import { isGoModSubset } from './subset-go-mod.ts';
import { isJsonSubset } from './subset-json.ts';
import { isPomSubset } from './subset-pom.ts';
import { isRequirementsSubset } from './subset-requirements.ts';

/**
 * Whether all that `older` asks for is asked for by `newer` in the same words, and nothing else that counts differs: an image
 * that has `older` installed then only lacks what `newer` adds. `false` wherever that cannot be told for sure. Never throws,
 * whatever the texts; its time grows with their length and no faster.
 */
export function isSubset(kind: RuntimeKind, older: string, newer: string): boolean {
  return older === newer || SUBSETS[kind](older, newer);
}

// What says something of the project and nothing of its packages.
const ABOUT = ['name', 'version', 'description', 'keywords', 'license', 'homepage', 'authors', 'type'];

const SUBSETS: Readonly<Record<RuntimeKind, (older: string, newer: string) => boolean>> = {
  nodejs: isJsonSubset({
    tables: ['dependencies', 'optionalDependencies', 'peerDependencies'],
    ignored: [...ABOUT, 'author', 'contributors', 'bugs', 'repository', 'private', 'main', 'devDependencies'],
  }),
  php: isJsonSubset({ tables: ['require'], ignored: [...ABOUT, 'require-dev', 'autoload-dev'] }),
  dotnet: isJsonSubset({ tables: ['dependencies'], ignored: ABOUT }),
  python: isRequirementsSubset,
  java: isPomSubset,
  ruby: isGemfileSubset,
  go: isGoModSubset,
};
