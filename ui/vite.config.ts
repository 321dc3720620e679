import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Where a server is for `vite dev`, which asks it for everything but the page. */
const SERVER = process.env['SLIPWAY_ROOT_URL'] ?? 'http://127.0.0.1:8080';

/** Packs the files beside themselves once, so that the server never does. */
function packFiles(): Plugin {
  const pack = async (path: string): Promise<void> => {
    const bytes = await readFile(path);
    const best = {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes, best));
    await writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  };
  return {
    name: 'pack-files',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const folder = join(dir, 'assets');
      const files = (await readdir(folder)).filter((name) => /\.(?:js|css|svg)$/.test(name));
      await Promise.all(files.map((name) => pack(join(folder, name))));
    },
  };
}

const BUILT = join(import.meta.dirname, '../dist/ui');
const FRESH = `${BUILT}.${process.pid}.new`;

/** Puts the page into its place when it is whole: a server that is started meanwhile has the one before. */
function putInPlace(): Plugin {
  let folder = '';
  return {
    name: 'put-in-place',
    apply: 'build',
    configResolved({ build }) {
      folder = build.outDir;
    },
    async closeBundle() {
      if (folder !== FRESH) return; // whoever builds elsewhere says where
      await rm(BUILT, { recursive: true, force: true });
      await rename(FRESH, BUILT);
    },
  };
}

// What lists have, and pages of one thing have not.
const LISTS =
  /\/ui\/src\/(?:api\/(?:use-list|queues)|keys\/row-keys|parts\/(?:filters|more-of|matches|command-line|choice|field))\./;
// What both have, and what would be among the lists otherwise.
const ADDRESS = /\/ui\/src\/(?:keys\/keys|router\/(?:location|scroll-memory))\./;
const BASE = /\/node_modules\/@?preact\/|\/ui\/src\/(?:api|keys|layout|parts|router)\//;

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [packFiles(), putInPlace()],
  build: {
    outDir: FRESH,
    emptyOutDir: true,
    target: 'es2024',
    // The policy of the page has no place for what is written into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page has comes as one file, and not as twelve that have some hundred bytes each.
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: (id) => BASE.test(id) && !LISTS.test(id),
              minShareCount: 4,
              priority: 1,
            },
            { name: 'address', test: ADDRESS, priority: 1 },
            { name: 'lists', test: LISTS, minShareCount: 3 },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: SERVER, ws: true } } },
});
