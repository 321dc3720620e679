import type { ContainerSpec, PublishedPort } from '../engine/index.ts';
import { type BoxSpec, interpolate, type PortSpec } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import type { Lookup, ReadyImage } from './images.ts';
import { labelsOf } from './labels.ts';
import { type LinkedService, linkVariables } from './link-variables.ts';
import { boxMemory } from './memory.ts';
import type { RunNetwork } from './network.ts';
import { volumeMounts } from './volumes.ts';

/** A service resolved: what it runs from and how its neighbours call it. */
export interface PreparedService {
  readonly spec: BoxSpec;
  readonly image: ReadyImage;
  readonly alias: string;
  /** Chosen by the run; `undefined` where the engine chooses at start. */
  readonly address: string | undefined;
}

/** What the alias is where the file does not name it: the image's last path part, without tag and digest. */
export function serviceAlias(spec: BoxSpec, reference: string): string {
  if (spec.name !== undefined) return spec.name;
  const path = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

export const publishedPorts = (ports: readonly PortSpec[]): PublishedPort[] =>
  ports.map(({ containerPort, hostPort, hostAddress, protocol }) => ({
    containerPort,
    hostPort,
    protocol,
    ...(hostAddress === undefined ? {} : { hostAddress }),
  }));

export const portNames = (ports: readonly PortSpec[]): string[] =>
  ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`);

export const boxEnvironment = (spec: BoxSpec, lookup: Lookup): string[] =>
  [...spec.env].map(([name, value]) => `${name}=${interpolate(value, lookup)}`);

function containerName(service: PreparedService, runId: string): string {
  const name = (service.spec.name ?? service.spec.repository).replace(/[^\w.-]/g, '-');
  return `wercker-service-${name}-${runId}`;
}

/** How a service looks to those who start after it. */
export function asLinked(service: PreparedService, address: string, lookup: Lookup): LinkedService {
  const ports = [...service.image.details.exposedPorts, ...portNames(service.spec.ports)];
  return {
    alias: service.alias,
    address,
    exposedPorts: [...new Set(ports)],
    environment: [...service.image.details.environment, ...boxEnvironment(service.spec, lookup)],
  };
}

export interface ServiceContainerOptions {
  readonly service: PreparedService;
  readonly network: RunNetwork;
  /** The services before it, in the file's order. */
  readonly linked: readonly LinkedService[];
  readonly lookup: Lookup;
  readonly serviceCount: number;
}

export async function serviceContainer(
  context: RunContext,
  options: ServiceContainerOptions,
): Promise<ContainerSpec> {
  const { service, network, linked, lookup } = options;
  const { request, owner } = context;
  const { spec } = service;
  return {
    name: containerName(service, request.runId),
    image: service.image.reference,
    labels: labelsOf({ runId: request.runId, owner, role: 'service', kept: request.noRemove }),
    ...(spec.cmd === undefined ? {} : { command: spec.cmd }),
    ...(spec.entrypoint === undefined ? {} : { entrypoint: spec.entrypoint }),
    ...(spec.user === undefined ? {} : { user: spec.user }),
    environment: [
      ...boxEnvironment(spec, lookup),
      ...linked.flatMap((other) => linkVariables(other, request.runId)),
    ],
    exposedPorts: portNames(spec.ports),
    publishedPorts: request.box.exposePorts ? publishedPorts(spec.ports) : [],
    mounts: await volumeMounts(context, spec, lookup),
    dns: request.box.dns,
    ...boxMemory(request.box, { role: 'service', services: options.serviceCount }),
    network: {
      name: network.name,
      aliases: [service.alias],
      ...(service.address === undefined ? {} : { address: service.address }),
    },
  };
}
