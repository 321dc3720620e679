// Builds dist/: the program as a few files of JavaScript. The published package runs it (Node refuses to strip types under
// node_modules), and so does a checkout while nothing in src/ is newer: 300 modules one by one cost 150 ms at every start.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..');
const fresh = join(root, `dist.${process.pid}.new`);
const dist = join(root, 'dist');

/** What a package says of itself, and its licence where it carries one. */
interface Licensed {
  readonly name: string;
  readonly text: string | undefined;
  readonly license?: string;
  readonly author?: string;
  readonly repository?: string | { readonly url?: string };
}

function readPackage(name: string): Licensed {
  const folder = join(root, 'node_modules', name);
  const manifest: Licensed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return {
    ...manifest,
    text: file === undefined ? undefined : readFileSync(join(folder, file), 'utf8').trim(),
  };
}

const repositoryOf = ({ repository }: Licensed): string | undefined =>
  typeof repository === 'string' ? repository : repository?.url;

/**
 * The licence of a package. Some carry no text: then it is that of another package out of the same repository and under
 * the same licence, or the words of the MIT licence with the name of their author.
 */
function licenceText(found: Licensed, all: readonly Licensed[]): string {
  const { name, text, license, author } = found;
  if (text !== undefined) return text;
  const repository = repositoryOf(found);
  const sibling = all.find(
    (other) => other.text !== undefined && other.license === license && repositoryOf(other) === repository,
  );
  if (license !== undefined && repository !== undefined && sibling?.text !== undefined) return sibling.text;
  if (license === 'MIT' && typeof author === 'string') {
    const words = readFileSync(join(root, 'scripts/licences/MIT.txt'), 'utf8').trim();
    return `MIT License\n\nCopyright ${author.replace(/ <.*/, '')}\n\n${words}`;
  }
  throw new Error(`${name} is bundled and has no licence file, and nothing out of its repository has one`);
}

/** What is bundled keeps its licence beside it. */
function licences(names: Iterable<string>): string {
  const all = [...names].toSorted().map(readPackage);
  return all.map((found) => `${found.name}\n\n${licenceText(found, all)}\n`).join(`\n${'-'.repeat(72)}\n\n`);
}

const { output } = await build({
  input: { main: join(root, 'src/cli/main.ts') },
  platform: 'node',
  output: {
    dir: fresh,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'part-[hash].js',
    comments: false,
  },
  logLevel: 'warn',
});
const packages = output.flatMap((chunk) =>
  chunk.type === 'chunk'
    ? chunk.moduleIds.flatMap((id) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? [])
    : [],
);
try {
  mkdirSync(fresh, { recursive: true });
  cpSync(join(root, 'src/project/templates'), join(fresh, 'templates'), { recursive: true });
  writeFileSync(join(fresh, 'LICENSES.txt'), licences(new Set(packages)));
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
