import { type BoxSpec, interpolate, type PortSpec, type ReadySpec } from '../pipeline/index.ts';
import { imageReference, type Lookup } from './images.ts';
import { LAST_BUILD_BOX } from './last-build.ts';
import type { OutlinedContainer } from './outline.ts';
import type { RunRequest } from './request.ts';

function portText({ hostAddress, hostPort, containerPort, protocol }: PortSpec): string {
  const address = hostAddress === undefined ? '' : `${hostAddress}:`;
  const suffix = protocol === 'tcp' ? '' : `/${protocol}`;
  const isSame = hostPort === containerPort && address === '';
  return `${isSame ? '' : `${address}${hostPort}:`}${containerPort}${suffix}`;
}

/** The box. Which image the last build left is known only to the engine: there the variable stands for it. */
export function outlineBox(spec: BoxSpec, lookup: Lookup, request: RunRequest): OutlinedContainer {
  const isNamed =
    interpolate(spec.repository, (name) => (name === LAST_BUILD_BOX ? name : '')) === LAST_BUILD_BOX;
  const isLastBuild = request.kind === 'deploy' && (request.box.lastBuildBox || isNamed);
  const image = isLastBuild ? `$${LAST_BUILD_BOX}` : imageReference(spec, lookup, request.checkpoint);
  return { name: '', image, ...outlineContainer(spec, lookup) };
}

function outlineContainer(spec: BoxSpec, lookup: Lookup): Omit<OutlinedContainer, 'name' | 'image'> {
  const { user, cmd, entrypoint } = spec;
  return {
    ...(user === undefined ? {} : { user }),
    ...(cmd === undefined ? {} : { command: cmd }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    environment: [...spec.env].map(([name, value]) => ({
      name,
      value: interpolate(value, lookup),
      secret: false,
    })),
    ports: spec.ports.map(portText),
    volumes: spec.volumes.map(
      ({ host, guest }) => `${interpolate(host, lookup)}:${interpolate(guest, lookup)}`,
    ),
  };
}

export function outlineService(spec: BoxSpec, lookup: Lookup): OutlinedContainer {
  const name = spec.name ?? spec.repository.slice(spec.repository.lastIndexOf('/') + 1);
  return {
    name,
    image: spec.url ?? imageReference(spec, lookup),
    ...outlineContainer(spec, lookup),
    ready: readyText(spec.ready?.probe ?? { kind: 'image' }),
  };
}

function readyText(probe: ReadySpec['probe']): string {
  switch (probe.kind) {
    case 'none':
      return 'at once';
    case 'image':
      return "by its image's health check, else by its ports";
    case 'tcp':
      return `TCP ${probe.ports.join(', ')}`;
    case 'http':
      return `HTTP GET ${probe.path} on port ${probe.port}`;
    case 'command':
      return `the command "${[probe.command].flat().join(' ')}"`;
    case 'log':
      return `the text "${probe.text}" in its output`;
  }
}
