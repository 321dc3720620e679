import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDockerEngine } from '../index.ts';

/** Why Podman cannot be tested on this machine; `undefined` where it can. */
export function podmanTrouble(): string | undefined {
  if (!existsSync('/usr/bin/podman')) return 'there is no podman: apt-get install podman';
  if (process.getuid?.() !== 0) return 'the tests start podman as root only';
  return undefined;
}

/**
 * Podman asks for a million open files for each container, which a machine in a virtual one may not allow; its API takes
 * no other default. This stands before the runtime and takes the limits out.
 */
const RUNTIME = `#!/bin/sh
before=
for argument; do
  case $before in
    --bundle | -b) sed -i 's/"rlimits":\\[[^]]*\\]/"rlimits":[]/' "$argument/config.json" ;;
    --process | -p) sed -i 's/"rlimits":\\[[^]]*\\]/"rlimits":[]/' "$argument" ;;
  esac
  before=$argument
done
exec runc "$@"
`;

/** Registries of tests speak HTTP. */
const REGISTRIES = '[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n';

/** Podman's API on a socket, with storage of its own. Dispose it: all that it made goes with it. */
export class PodmanService implements AsyncDisposable {
  readonly host: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.#folder = folder;
    this.host = `unix://${folder}/podman.sock`;
    this.#environment = {
      ...process.env,
      CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
    };
    this.#child = spawn('podman', [...this.#storage(), 'system', 'service', '-t', '0', this.host], {
      stdio: 'ignore',
      env: this.#environment,
    });
  }

  /** Starts it with an image of the local Docker Engine. */
  static async start(image: string): Promise<PodmanService> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-podman-'));
    await writeFile(join(folder, 'runtime'), RUNTIME, { mode: 0o755 });
    await writeFile(join(folder, 'registries.conf'), REGISTRIES);
    const service = new PodmanService(folder);
    await service.#ready();
    await using docker = await openDockerEngine({ environment: process.env });
    await using podman = await openDockerEngine({ host: service.host, environment: {} });
    const tar = await docker.saveImage(image);
    if (!tar) throw new Error(`the local engine does not have ${image}`);
    await podman.loadImage(tar);
    return service;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
    await endMonitors(this.#folder);
    // Mounts of its storage would keep the folder.
    execFileSync('podman', [...this.#storage(), 'system', 'reset', '--force'], {
      stdio: 'ignore',
      env: this.#environment,
    });
    await rm(this.#folder, { recursive: true, force: true });
  }

  #storage(): string[] {
    const folders = ['--root', join(this.#folder, 'storage'), '--runroot', join(this.#folder, 'run')];
    return [...folders, '--runtime', join(this.#folder, 'runtime')];
  }

  async #ready(): Promise<void> {
    await using engine = await openDockerEngine({ host: this.host, environment: {} });
    for (let left = 100; ; left -= 1) {
      try {
        return void (await engine.ping());
      } catch (error) {
        if (left === 0 || this.#child.exitCode !== null) throw error;
        await delay(50);
      }
    }
  }
}

/**
 * Each process that was started in a container has a monitor for five minutes more, which then makes the storage anew.
 * They are those whose command line names the folder.
 */
async function endMonitors(folder: string): Promise<void> {
  for (;;) {
    const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const named = await Promise.all(ids.map(async (id) => (await commandLine(id)).includes(folder)));
    const monitors = ids.filter((_, index) => named[index]);
    if (monitors.length === 0) return;
    for (const id of monitors) {
      try {
        process.kill(Number(id), 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
    await delay(20);
  }
}

async function commandLine(id: string): Promise<string> {
  return await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
}
