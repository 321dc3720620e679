import { access } from 'node:fs/promises';
import { contextEndpoint, dockerFolder } from './context.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { readTlsFiles } from './tls.ts';

/** How to reach an engine. What is absent is looked up in `environment`. */
export interface DockerOptions {
  /** As in `DOCKER_HOST`. */
  readonly host?: string | undefined;
  /** TLS for `tcp://` addresses. Absent: when `DOCKER_TLS_VERIFY` is `1`. */
  readonly tlsVerify?: boolean | undefined;
  /** The folder of `ca.pem`, `cert.pem` and `key.pem`. Absent: `DOCKER_CERT_PATH`, else Docker's settings folder. */
  readonly certPath?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Where the engine is: as told, else `DOCKER_HOST`, else the Docker context in use, else the first socket that is
 * there of Docker's, Docker's without root, Podman's without root and Podman's. Plain TCP is never guessed: whoever
 * may listen there would get the run's secrets. Throws `INVALID`.
 */
export async function chooseEndpoint(options: DockerOptions): Promise<Endpoint> {
  const host = options.host || options.environment['DOCKER_HOST'];
  if (host) return await namedEndpoint(host, options);
  return (await contextEndpoint(options.environment)) ?? (await defaultEndpoint(options.environment));
}

async function namedEndpoint(host: string, options: DockerOptions): Promise<Endpoint> {
  const { environment } = options;
  const verify = options.tlsVerify ?? environment['DOCKER_TLS_VERIFY'] === '1';
  if (!verify || host.startsWith('unix://')) return parseEndpoint(host);
  const folder = options.certPath || environment['DOCKER_CERT_PATH'] || dockerFolder(environment);
  // Reads the address first: a mistake in it matters more than missing files.
  parseEndpoint(host, {});
  return parseEndpoint(host, await readTlsFiles(folder));
}

const DOCKER_SOCKET = '/var/run/docker.sock';

async function defaultEndpoint(environment: DockerOptions['environment']): Promise<Endpoint> {
  // A user without a name, as in most images, has a number all the same.
  const runtimeFolder = environment['XDG_RUNTIME_DIR'] || `/run/user/${process.getuid?.()}`;
  const others = [
    `${runtimeFolder}/docker.sock`,
    `${runtimeFolder}/podman/podman.sock`,
    '/run/podman/podman.sock',
  ];
  for (const path of [DOCKER_SOCKET, ...others]) {
    if (await exists(path)) return parseEndpoint(`unix://${path}`);
  }
  return parseEndpoint(`unix://${DOCKER_SOCKET}`);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
