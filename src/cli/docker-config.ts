import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for `DOCKER_CONFIG`; dispose it to remove it. */
export interface DockerConfig extends AsyncDisposable {
  readonly folder: string;
}

export interface DockerConfigOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly registryUrl: string;
  readonly token: string;
}

/** docker's configuration that cannot be read; nothing was changed. */
export class DockerConfigError extends Error {
  override readonly name = 'DockerConfigError';
}

const PREFIX = 'slipway-docker-';

/**
 * The person's docker configuration with the token added for one registry, in a folder that only they can read. Their
 * own `config.json` is never written; everything else of it (contexts, plugins) is there by links.
 */
export async function makeDockerConfig(options: DockerConfigOptions): Promise<DockerConfig> {
  const { environment } = options;
  await removeDead();
  const own = environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker');
  const config = withToken(await readConfig(join(own, 'config.json')), options);
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`)); // mode 0700
  for (const name of await readdir(own).catch(() => [])) {
    if (name !== 'config.json') await linkOrCopy(join(own, name), join(folder, name));
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await symlink(from, to).catch(() => cp(from, to, { recursive: true }));
}

type JsonObject = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): JsonObject | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;

async function readConfig(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '{}';
    throw new DockerConfigError(`${path} cannot be read (${error.code})`);
  });
  const config = asObject(parse(text));
  if (config === undefined)
    throw new DockerConfigError(`${path} is no JSON object: mend it, or move it away`);
  return config;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withToken(config: JsonObject, { registryUrl, token }: DockerConfigOptions): JsonObject {
  const auth = Buffer.from(`token:${token}`).toString('base64');
  const host = URL.parse(registryUrl)?.host ?? registryUrl;
  return {
    ...config,
    auths: { ...asObject(config['auths']), [registryUrl]: { auth } },
    // A helper would be asked instead of the entry above; an empty one means the entry.
    credHelpers: { ...asObject(config['credHelpers']), [host]: '' },
  };
}

/** What a killed process left: its token is in there. */
async function removeDead(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    // Another user's is theirs to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
