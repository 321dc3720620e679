import type { NetworkDetails, NetworkSpec } from '../engine.ts';
import { requestDone, requestJson, requestJsonIfPresent } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, type Json, optional, readList, readMap, readText } from './json.ts';
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

export async function removeNetwork(api: ApiClient, reference: string): Promise<void> {
  const doing = `remove the network ${reference}`;
  await requestDone(api, { method: 'DELETE', path: path`/networks/${reference}`, doing }, { fine: [404] });
}

function readNetwork(network: Json): NetworkDetails {
  const ranges =
    optional(field(network, 'IPAM'), (ipam) => readList(field(ipam, 'Config'), readSubnet)) ?? [];
  return {
    id: readText(field(network, 'Id')),
    name: readText(field(network, 'Name')),
    labels: readMap(field(network, 'Labels'), readText),
    subnets: ranges.filter((subnet) => subnet !== undefined),
  };
}

function readSubnet(range: Json): string | undefined {
  return optional(field(range, 'Subnet'), readText);
}
