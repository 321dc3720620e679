// Bundles a program of src/ as a few files of JavaScript, with the licences of what is in it.
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { build, type OutputAsset, type OutputChunk, type Plugin } from 'rolldown';

const root = join(import.meta.dirname, '..');

const BESIDE = 'openpgp';

const LEAN_HTTP = '\0lean-http';
const LATE = new Set(['WebSocket', 'CloseEvent', 'MessageEvent']);

/**
 * An import of `node:http` reads all that the module has, and with it loads undici for its web sockets: 25 ms and 9 MB in
 * every program that speaks HTTP. Asked for by `process.getBuiltinModule` it gives what is named, and no more.
 */
const leanHttp: Plugin = {
  name: 'lean-http',
  resolveId: (id, _importer, { kind }) =>
    (id === 'node:http' || id === 'http') && kind === 'import-statement' ? LEAN_HTTP : undefined,
  load(id) {
    if (id !== LEAN_HTTP) return undefined;
    const names = Object.keys(http).filter((name) => !LATE.has(name));
    return [
      `const http = process.getBuiltinModule('node:http');`,
      `export const { ${names.join(', ')} } = http;`,
      'export default http;',
    ].join('\n');
  },
};

/** Puts the package that is not bundled beside the programs, as it is; gives its name. */
export function copyBeside(folder: string): string {
  copyFileSync(join(root, 'node_modules/openpgp/dist/node/openpgp.min.mjs'), join(folder, `${BESIDE}.mjs`));
  return BESIDE;
}

/** Bundles the program that starts in `source` to `folder`/`name`.js; gives the names of the packages that are in it. */
export async function bundle(program: {
  readonly source: string;
  readonly name: string;
  readonly folder: string;
}): Promise<readonly string[]> {
  const { output } = await build({
    input: { [program.name]: join(root, program.source) },
    platform: 'node',
    plugins: [
      {
        name: 'beside',
        // Under the LGPL: it stays a file of its own beside ours, which anybody may replace.
        resolveId: (id) => (id === BESIDE ? { id: `./${BESIDE}.mjs`, external: true } : undefined),
      },
      leanHttp,
    ],
    output: {
      dir: program.folder,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: 'part-[hash].js',
      comments: false,
    },
    logLevel: 'warn',
  });
  return packagesIn(output);
}

/** The packages of `node_modules` that are in what was bundled, by name. */
export const packagesIn = (output: readonly (OutputChunk | OutputAsset)[]): readonly string[] =>
  output.flatMap((chunk) =>
    chunk.type === 'chunk'
      ? chunk.moduleIds.flatMap((id) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? [])
      : [],
  );

/** What a package says of itself, and its licence where it carries one or `scripts/licences` has it. */
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
  const carried = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const file = carried === undefined ? join(root, `scripts/licences/${name}.txt`) : join(folder, carried);
  return { ...manifest, text: existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined };
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
  if (license === 'Unlicense' && typeof author === 'string')
    return `Given to the public domain by ${author.replace(/ <.*/, '')}: the Unlicense, https://unlicense.org`;
  throw new Error(`${name} is bundled and has no licence file, and nothing out of its repository has one`);
}

/** What is bundled keeps its licence beside it. */
export function licences(names: Iterable<string>): string {
  const all = [...names].toSorted().map(readPackage);
  return all.map((found) => `${found.name}\n\n${licenceText(found, all)}\n`).join(`\n${'-'.repeat(72)}\n\n`);
}
