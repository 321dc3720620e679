// Emits the JavaScript of src/ to dist/, which the published package runs: Node refuses to strip types under node_modules.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const compiler = join(root, 'node_modules/typescript-native/bin/tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, 'scripts/tsconfig.pack.json')], {
  stdio: 'inherit',
});
if (status !== 0) {
  // A package of code that does not compile is worse than none.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  process.exitCode = 1;
}
