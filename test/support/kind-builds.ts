import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { packItems, type TarItem } from '../../src/archive/index.ts';
import { createRecipe } from '../../src/builder/kinds/index.ts';
import type { Installation } from '../../src/builder/service/parts.ts';
import { openEngine } from '../../src/engine/index.ts';
import { docker } from './images.ts';

/** Images that recipes of kinds extend on the real engine; dispose it to remove all that it made. */
export interface KindBuilds extends AsyncDisposable {
  /** Builds with the certificates that this machine trusts. Gives the image's name. */
  build(installation: Omit<Installation, 'user'> & { readonly user?: string }): Promise<string>;
  /** What the last build printed. */
  log(): string;
  /** Builds an image from a Dockerfile and files, to extend it. */
  base(dockerfile: string, files?: Readonly<Record<string, string>>): Promise<string>;
  /** How an image is run: entry point, command, environment, folder. */
  inspect(image: string): Readonly<Record<string, unknown>>;
  /** Runs a command in an image, without network, as whoever the image says; gives what it printed. */
  run(image: string, ...words: string[]): string;
  /** Every file and empty folder of an image that came after one of its files, as root sees them. */
  addedAfter(image: string, file: string): readonly string[];
}

const RUN = ['run', '--rm', '--network', 'none', '--label', 'io.slipway.test=kinds'];
// What the engine puts into every container.
const NO_MOUNTS = [
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
  '/etc/mtab',
  '/.dockerenv',
  '/dev',
  '/proc',
  '/sys',
].flatMap((path) => ['!', '-path', path]);
const TENANT_KEY = Buffer.from('the key of the servers of a test');
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

export async function openKindBuilds(): Promise<KindBuilds> {
  const engine = await openEngine({ environment: process.env });
  const names: string[] = [];
  let log = '';
  const caBundle = existsSync(CERTIFICATES) ? readFileSync(CERTIFICATES, 'utf8') : undefined;
  const recipe = createRecipe({ tenantKey: TENANT_KEY, ...(caBundle !== undefined && { caBundle }) });
  // A user of this test alone: a cache that is empty at first.
  const user = `test-${randomUUID()}`;

  const build = async (dockerfile: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const name = `localhost/slipway-test-kind:${randomUUID()}`;
    const items: TarItem[] = Object.entries({ ...files, Dockerfile: dockerfile }).map(([path, content]) => ({
      type: 'file',
      name: path,
      content,
    }));
    log = '';
    await engine.buildImage(packItems(items), {
      builder: 'buildkit',
      references: [name],
      labels: { 'io.slipway.test': 'kinds' },
      onOutput: (text) => {
        log += text;
      },
    });
    names.push(name);
    return name;
  };

  return {
    async build(installation) {
      const { dockerfile, files } = recipe.writeContext({ user, ...installation });
      return await build(dockerfile, files);
    },
    log: () => log,
    base: async (dockerfile, files = {}) => await build(dockerfile, files),
    inspect(image) {
      const config = JSON.parse(docker('image', 'inspect', '--format', '{{json .Config}}', image));
      return {
        Entrypoint: config.Entrypoint,
        Cmd: config.Cmd,
        Env: config.Env,
        WorkingDir: config.WorkingDir,
        User: config.User,
      };
    },
    run: (image, ...words) => docker(...RUN, image, ...words),
    addedAfter: (image, file) =>
      docker(
        ...RUN,
        '--user',
        '0',
        image,
        'find',
        '/',
        '-xdev',
        '-cnewer',
        file,
        '!',
        '-path',
        file,
        ...NO_MOUNTS,
        '(',
        '!',
        '-type',
        'd',
        '-o',
        '-empty',
        ')',
      )
        .split('\n')
        .sort(),
    async [Symbol.asyncDispose]() {
      for (const name of names.reverse()) execFileSync('docker', ['rmi', '-f', name], { stdio: 'ignore' });
      await engine[Symbol.asyncDispose]();
    },
  };
}
