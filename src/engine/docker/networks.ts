import { setTimeout } from 'node:timers/promises';
import type { NetworkDetails, NetworkSpec } from '../engine.ts';
import { EngineError } from '../error.ts';
import { requestDone, requestJson, requestJsonIfPresent } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, type Json, optional, readKeys, readList, readMap, readText } from './json.ts';
import { path, query } from './path.ts';

export async function createNetwork(api: ApiClient, spec: NetworkSpec): Promise<string> {
  const answer = await requestJson(api, {
    method: 'POST',
    path: '/networks/create',
    doing: `create the network ${spec.name}`,
    json: {
      Name: spec.name,
      Driver: 'bridge',
      // Engines before API 1.44 otherwise make a second network of the same name.
      CheckDuplicate: true,
      Labels: spec.labels,
      Options: spec.options ?? {},
      ...(spec.subnet !== undefined && { IPAM: { Config: [{ Subnet: spec.subnet }] } }),
    },
  });
  return readText(field(answer, 'Id'));
}

export async function inspectNetwork(api: ApiClient, reference: string): Promise<NetworkDetails | undefined> {
  const answer = await requestJsonIfPresent(api, {
    method: 'GET',
    path: path`/networks/${reference}`,
    doing: `inspect the network ${reference}`,
  });
  return answer && readNetwork(answer);
}

export async function listNetworks(api: ApiClient, label: string | undefined): Promise<NetworkDetails[]> {
  const filters = label === undefined ? undefined : { label: [label] };
  const call = { method: 'GET', path: `/networks${query({ filters })}`, doing: 'list the networks' } as const;
  return readList(await requestJson(api, call), readNetwork);
}

/** While an engine takes a container off, for as long as it takes to kill one on a busy machine. */
const DETACH_PAUSES_MS = [0, 50, 100, 200, 400, 800, 1600, 3200];

export async function removeNetwork(
  api: ApiClient,
  reference: string,
  { detach = false }: { readonly detach?: boolean } = {},
): Promise<void> {
  for (const pauseMs of detach ? DETACH_PAUSES_MS : []) {
    try {
      return await removeFree(api, reference);
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'CONFLICT')) throw error;
    }
    await setTimeout(pauseMs); // no event says when the engine has let go of a container that it is removing
    await detachAll(api, reference);
  }
  await removeFree(api, reference);
}

async function removeFree(api: ApiClient, reference: string): Promise<void> {
  const doing = `remove the network ${reference}`;
  await requestDone(api, { method: 'DELETE', path: path`/networks/${reference}`, doing }, { fine: [404] });
}

async function detachAll(api: ApiClient, reference: string): Promise<void> {
  const network = await requestJsonIfPresent(api, {
    method: 'GET',
    path: path`/networks/${reference}`,
    doing: `inspect the network ${reference}`,
  });
  if (network === undefined) return;
  for (const container of readKeys(field(network, 'Containers'))) {
    const call = {
      method: 'POST',
      path: path`/networks/${reference}/disconnect`,
      doing: `take the container ${container} off the network ${reference}`,
      json: { Container: container, Force: true },
    } as const;
    // 404: it is gone; 403 and 500: it is being removed, or was taken off meanwhile.
    await requestDone(api, call, { fine: [403, 404, 500] });
  }
}

function readNetwork(network: Json): NetworkDetails {
  const ranges = optional(field(network, 'IPAM'), (ipam) => readList(field(ipam, 'Config'), readRange)) ?? [];
  const gateway = ranges.find((range) => range.gateway)?.gateway;
  return {
    id: readText(field(network, 'Id')),
    name: readText(field(network, 'Name')),
    labels: readMap(field(network, 'Labels'), readText),
    subnets: ranges.flatMap(({ subnet }) => (subnet === undefined ? [] : [subnet])),
    ...(gateway && { gateway }),
  };
}

function readRange(range: Json): { subnet: string | undefined; gateway: string | undefined } {
  return {
    subnet: optional(field(range, 'Subnet'), readText),
    gateway: optional(field(range, 'Gateway'), readText),
  };
}
