// Builds dist/: each program as a few files of JavaScript. The published package runs them (Node refuses to strip types under
// node_modules), and so does a checkout while nothing in src/ is newer: 300 modules one by one cost 150 ms at every start.
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programManPage } from '../src/cli/man-page.ts';
import { programOf } from '../src/cli/programs.ts';
import { versionText } from '../src/cli/version.ts';
import { buildPage } from './build-page.ts';
import { bundle, copyBeside, licences } from './bundle.ts';
import { sbom } from './sbom.ts';

const root = join(import.meta.dirname, '..');
const fresh = join(root, `dist.${process.pid}.new`);
const dist = join(root, 'dist');

try {
  mkdirSync(fresh, { recursive: true });
  // Each with all that it needs: one program that loads what belongs to another as well would start later.
  const packages = [
    ...(await bundle({ source: 'src/cli/main.ts', name: 'main', folder: fresh })),
    ...(await bundle({ source: 'src/cache/receive/main.ts', name: 'receive', folder: fresh })),
    // A thread of the first one, which looks for it beside itself.
    ...(await bundle({
      source: 'src/database/sqlite/sqlite-thread.ts',
      name: 'sqlite-thread',
      folder: fresh,
    })),
    copyBeside(fresh),
    ...(await buildPage(join(fresh, 'ui'))),
  ];
  cpSync(join(root, 'src/project/templates'), join(fresh, 'templates'), { recursive: true });
  mkdirSync(join(fresh, 'man'));
  const page = programManPage({ program: programOf('slipway'), version: versionText() });
  writeFileSync(join(fresh, 'man/slipway.1'), page); // those of its commands: `slipway man COMMAND`
  const names = new Set(packages);
  writeFileSync(join(fresh, 'LICENSES.txt'), licences(names));
  writeFileSync(join(fresh, 'sbom.spdx.json'), sbom(names));
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
