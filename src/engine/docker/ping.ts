import type { IncomingHttpHeaders } from 'node:http';
import type { EngineInfo } from '../engine.ts';
import { requestDone, requestJson } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { field, type Json, readList, readText } from './json.ts';

/** An engine that takes longer to say that it is there hangs. */
const PING_LIMIT_MS = 10_000;

/** OCI's words where Node's differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/**
 * `/version` makes an engine ask its parts (9 ms; it runs `runc --version`), `/_ping` does not (0.7 ms). Its headers
 * tell all but the architecture, which behind a local socket is ours.
 */
export async function ping(api: ApiClient, signal?: AbortSignal): Promise<EngineInfo> {
  const call = { method: 'GET', doing: 'ask the engine what it is', signal, limitMs: PING_LIMIT_MS } as const;
  const { headers } = await requestDone(api, { ...call, path: '/_ping' });
  const local = api.endpoint.address.kind === 'socket' ? fromHeaders(headers) : undefined;
  return {
    ...(local ?? (await askVersion(api, { ...call, path: '/version' }))),
    endpoint: api.endpoint.name,
  };
}

/** Whether Podman answers, where it wants something said in other words than Docker. */
export async function isPodman(api: ApiClient, signal?: AbortSignal): Promise<boolean> {
  return (await ping(api, signal)).name === 'Podman';
}

type Info = Omit<EngineInfo, 'endpoint'>;

/** `Server: Docker/20.10.24 (linux)`, or `Libpod/4.3.1 (linux)`. */
function fromHeaders(headers: IncomingHttpHeaders): Info | undefined {
  const [, program, version, os] = /^(Docker|Libpod)\/(\S+) \((\w+)\)$/.exec(String(headers['server'])) ?? [];
  if (version === undefined || os === undefined) return undefined;
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  return { name: program === 'Libpod' ? 'Podman' : 'Docker', version, os, architecture };
}

async function askVersion(api: ApiClient, call: Call): Promise<Info> {
  const answer = await requestJson(api, call);
  const parts = readList(field(answer, 'Components'), (part: Json) => readText(field(part, 'Name')));
  return {
    name: parts.some((part) => part.startsWith('Podman')) ? 'Podman' : 'Docker',
    version: readText(field(answer, 'Version')),
    os: readText(field(answer, 'Os')),
    architecture: readText(field(answer, 'Arch')),
  };
}
