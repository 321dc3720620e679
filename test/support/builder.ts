import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuilderClient, openBuilderClient } from '../../src/builder-client/index.ts';
import { type Served, serve } from './download-server.ts';
import { docker } from './images.ts';
import { openRegistry, type Registry } from './registry.ts';
import { BUSYBOX, createRig, type Rig } from './rig.ts';

export const BUILDER_USERS = ['alice', 'bob', 'carol', 'dave', 'erin', 'crew'] as const;
export type BuilderUserName = (typeof BUILDER_USERS)[number];

export interface BuilderRigOptions {
  /** Where images go. @defaultValue a registry of this rig's own */
  readonly registryHost?: string;
  /** Further words of `slipway server`. */
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real server with an image builder, its users and a real registry. Dispose of it to end them. */
export interface BuilderRig extends AsyncDisposable {
  readonly rig: Rig;
  readonly registry: Registry;
  /** `127.0.0.1:PORT` */
  readonly registryHost: string;
  /** Of the server that runs now. */
  server(): Served;
  /** What `slipway image` needs to ask as a user. */
  as(user: BuilderUserName): { readonly environment: Readonly<Record<string, string>> };
  client(user: BuilderUserName): BuilderClient;
  /** Kills the server, as a machine would that loses its power, and starts it again on what it left, at the same address. */
  killAndStart(): Promise<void>;
  /** Ends it in order, and starts it again. */
  stopAndStart(): Promise<void>;
}

/** Starts a server that builds with the engine of this machine. */
export async function startBuilder(options: BuilderRigOptions = {}): Promise<BuilderRig> {
  await using opened = new AsyncDisposableStack();
  const registry = opened.use(await openRegistry({ deletion: true }));
  const rig = opened.use(createRig());
  const registryHost = options.registryHost ?? registry.host;
  const tokens = new Map(BUILDER_USERS.map((login) => [login, { uuid: randomUUID(), key: randomUUID() }]));
  const users = join(rig.folder, 'users.json');
  const list = [...tokens].map(([login, token]) => ({ login, ...token }));
  writeFileSync(users, JSON.stringify(list), { mode: 0o600 });
  const words = ['--build-users', users, '--registry-host', registryHost, ...(options.words ?? [])];
  const { environment = {} } = options;
  const start = (port: string): Promise<Served> =>
    serve(rig, ['server', '--port', port, ...words], { environment });
  let served = await start('0');
  const address = (): string => `${served.url.replace(/\/+$/, '')}/system`;
  const tokenOf = (user: BuilderUserName): string => {
    const { uuid, key } = tokens.get(user) ?? { uuid: '', key: '' };
    return `${uuid}:${key}`;
  };
  const startAfter = async (signal: NodeJS.Signals): Promise<void> => {
    const { port } = new URL(served.url);
    served.running.process.kill(signal);
    await served.running.finished;
    served = await start(port);
  };
  const owned = opened.move();
  return {
    ...{ rig, registry, registryHost },
    server: () => served,
    as: (user) => ({ environment: { ADMIN_API_URL: address(), AUTH: tokenOf(user) } }),
    client: (user) => openBuilderClient({ url: address(), token: tokenOf(user) }),
    killAndStart: () => startAfter('SIGKILL'),
    stopAndStart: () => startAfter('SIGTERM'),
    async [Symbol.asyncDispose]() {
      served.running.process.kill('SIGTERM');
      await served.running.finished;
      await owned.disposeAsync();
    },
  };
}

// What a requirement file says behind `# run:` is what its installation does.
const EXTEND = `#!/bin/sh
set -eu
echo "extending with /tmp/requirements.txt"
sed -n 's/^# run: //p' /tmp/requirements.txt >/tmp/commands
sh -eu /tmp/commands
rm /tmp/commands
grep -v '^#' /tmp/requirements.txt >>/extended || true
`;

/** Removes an image, and what a builder kept on the engine of it and of what it made from it. */
export function removeWithBuilt(image: string): void {
  const made = [
    'images',
    '-q',
    '--no-trunc',
    '--filter',
    `label=org.opencontainers.image.base.name=${image}`,
  ];
  const ids = [...docker(...made).split('\n'), docker('images', '-q', '--no-trunc', image)];
  execFileSync('docker', ['rmi', '-f', ...new Set(ids.filter(Boolean))], { stdio: 'ignore' });
}

/**
 * A runtime for Python that brings its own `/bin/extend`: lines `# run: COMMAND` of a requirement file are done, and its other
 * ones come to be in `/extended`. Remove it with `removeWithBuilt`.
 */
export function makeRuntime(): string {
  const name = `localhost/slipway-runtime-${randomUUID().slice(0, 8)}:1`;
  const folder = mkdtempSync(join(tmpdir(), 'slipway-runtime-'));
  try {
    writeFileSync(join(folder, 'extend'), EXTEND, { mode: 0o755 });
    writeFileSync(join(folder, 'passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    writeFileSync(
      join(folder, 'Dockerfile'),
      // The label makes it another image than all others, which may be removed meanwhile.
      `FROM ${BUSYBOX}\nCOPY passwd /etc/passwd\nCOPY extend /bin/extend\nLABEL io.slipway.test=${name}\n`,
    );
    docker('build', '--quiet', '--tag', name, folder);
    return name;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command in an image that was pushed, and removes what was pulled for it. */
export function runPushed(image: string, ...words: string[]): string {
  try {
    return execFileSync('docker', ['run', '--rm', '--network', 'none', '--entrypoint', '', image, ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } finally {
    execFileSync('docker', ['rmi', '-f', image], { stdio: 'ignore' });
  }
}
