// Builds dist/: the program as a few files of JavaScript. The published package runs it (Node refuses to strip types under
// node_modules), and so does a checkout while nothing in src/ is newer: 300 modules one by one cost 150 ms at every start.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '..');
const fresh = join(root, `dist.${process.pid}.new`);
const dist = join(root, 'dist');

/** What is bundled keeps its licence beside it. */
function licences(names: Iterable<string>): string {
  return [...names]
    .toSorted()
    .map((name) => {
      const folder = join(root, 'node_modules', name);
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
      return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(72)}\n\n`);
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
mkdirSync(fresh, { recursive: true });
cpSync(join(root, 'src/project/templates'), join(fresh, 'templates'), { recursive: true });
writeFileSync(join(fresh, 'LICENSES.txt'), licences(new Set(packages)));
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
