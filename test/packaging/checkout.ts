// A checkout in a temporary folder: the real launchers and set-up scripts, around a package of almost nothing.
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, run } from './run.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Where programs start. */
const MAINS = ['src/cli/main.ts', 'src/cache/receive/main.ts'];

/** Stands for each of them: says how it was called. */
const PROGRAM = `console.log(JSON.stringify([process.env['SLIPWAY_PROGRAM'], ...process.argv.slice(2)]) satisfies void);\n`;

const PACKAGE = { name: 'tiny', version: '1.0.0', type: 'module', dependencies: { local: 'file:local' } };

const LOCK = {
  name: 'tiny',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': PACKAGE,
    local: { version: '1.0.0' },
    'node_modules/local': { resolved: 'local', link: true },
  },
};

/** No test is run there. */
const filter = (path: string): boolean => !path.endsWith('.test.ts');

export class Checkout implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `source`: whether it has all of `src`, through which set-up asks for the engine; launchers start only what is in its place. */
  static async create({ source = true }: { readonly source?: boolean } = {}): Promise<Checkout> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-checkout-'));
    const checkout = new Checkout(folder);
    const copied = source ? ['bin', 'scripts', 'src'] : ['bin'];
    for (const each of copied) await cp(join(ROOT, each), join(folder, each), { recursive: true, filter });
    for (const main of MAINS) await checkout.write(main, PROGRAM);
    await checkout.write('package.json', JSON.stringify(PACKAGE));
    await checkout.write('package-lock.json', JSON.stringify(LOCK));
    await checkout.write('local/package.json', JSON.stringify({ name: 'local', version: '1.0.0' }));
    return checkout;
  }

  /** Gives it the Node that runs this test, as if set-up had brought it. */
  async bringNode(): Promise<void> {
    await mkdir(join(this.folder, '.tools/node/bin'), { recursive: true });
    await symlink(process.execPath, join(this.folder, '.tools/node/bin/node'));
  }

  async write(path: string, content: string, mode = 0o644): Promise<string> {
    const file = join(this.folder, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content, { mode });
    return file;
  }

  /** Runs one of its programs, by the path in it. */
  async run(
    program: string,
    args: readonly string[] = [],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Outcome> {
    return await run(join(this.folder, program), args, {
      cwd: this.folder,
      env: { ...process.env, ...environment },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
