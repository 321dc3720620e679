import { readdir, readFile, writeFile } from 'node:fs/promises';
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

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [packFiles()],
  build: {
    outDir: join(import.meta.dirname, '../dist/ui'),
    emptyOutDir: true,
    target: 'es2024',
    // The policy of the page has no place for what is written into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: SERVER, ws: true } } },
});
