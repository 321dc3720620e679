import { join } from 'node:path';
import { defineConfig } from 'vite';

/** Where a server is for `vite dev`, which asks it for everything but the page. */
const SERVER = process.env['SLIPWAY_ROOT_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: join(import.meta.dirname, '../dist/ui'),
    emptyOutDir: true,
    target: 'es2024',
    // The policy of the page has no place for what is written into it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: SERVER, ws: true } } },
});
