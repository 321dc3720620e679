import type { ContainerDetails, ContainerSpec, ContainerSummary } from '../engine.ts';
import { requestDone, requestJson, requestJsonIfPresent } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { containerRequest } from './container-request.ts';
import {
  field,
  type Json,
  optional,
  readFlag,
  readKeys,
  readList,
  readMap,
  readNumber,
  readText,
} from './json.ts';
import { path, query } from './path.ts';

export async function createContainer(api: ApiClient, spec: ContainerSpec): Promise<string> {
  const answer = await requestJson(api, {
    method: 'POST',
    path: `/containers/create${query({ name: spec.name })}`,
    doing: `create the container ${spec.name}`,
    json: containerRequest(spec),
  });
  return readText(field(answer, 'Id'));
}

export async function startContainer(api: ApiClient, id: string): Promise<void> {
  const call = {
    method: 'POST',
    path: path`/containers/${id}/start`,
    doing: `start the container ${id}`,
  } as const;
  await requestDone(api, call, { table: 'start', fine: [304] });
}

export async function inspectContainer(api: ApiClient, id: string): Promise<ContainerDetails | undefined> {
  const doing = `inspect the container ${id}`;
  const answer = await requestJsonIfPresent(api, {
    method: 'GET',
    path: path`/containers/${id}/json`,
    doing,
  });
  return answer && readContainer(answer);
}

export async function listContainers(api: ApiClient, label: string): Promise<ContainerSummary[]> {
  const answer = await requestJson(api, {
    method: 'GET',
    path: `/containers/json${query({ all: true, filters: { label: [label] } })}`,
    doing: `list the containers labelled ${label}`,
  });
  return readList(answer, (container) => ({
    id: readText(field(container, 'Id')),
    name: plainName(readList(field(container, 'Names'), readText)[0] ?? ''),
    labels: readMap(field(container, 'Labels'), readText),
    running: ['running', 'paused', 'restarting'].includes(readText(field(container, 'State'))),
  }));
}

function readContainer(container: Json): ContainerDetails {
  const state = field(container, 'State');
  const config = field(container, 'Config');
  const networks = field(field(container, 'NetworkSettings'), 'Networks');
  const exitCode = readEnd(state);
  return {
    id: readText(field(container, 'Id')),
    name: plainName(readText(field(container, 'Name'))),
    running: readFlag(field(state, 'Running')),
    ...(exitCode !== undefined && { exitCode }),
    outOfMemory: optional(field(state, 'OOMKilled'), readFlag) ?? false,
    addresses: readAddresses(networks),
    exposedPorts: readKeys(field(config, 'ExposedPorts')),
    environment: readList(field(config, 'Env'), readText),
    labels: readMap(field(config, 'Labels'), readText),
  };
}

/** Before its end the engine reports exit code 0. */
function readEnd(state: Json): number | undefined {
  const ended = ['exited', 'dead', 'removing', 'stopped'].includes(readText(field(state, 'Status')));
  return ended ? readNumber(field(state, 'ExitCode')) : undefined;
}

function readAddresses(networks: Json): Record<string, string> {
  const addresses = readMap(networks, (network) => optional(field(network, 'IPAddress'), readText) ?? '');
  return Object.fromEntries(Object.entries(addresses).filter(([, address]) => address !== ''));
}

function plainName(name: string): string {
  return name.replace(/^\//, '');
}
