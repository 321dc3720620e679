import { type BoxSpec, interpolate, type PortSpec, type ReadySpec } from '../pipeline/index.ts';
import { imageReference, type Lookup } from './images.ts';
import type { OutlinedContainer } from './outline.ts';

function portText({ hostAddress, hostPort, containerPort, protocol }: PortSpec): string {
  const address = hostAddress === undefined ? '' : `${hostAddress}:`;
  const suffix = protocol === 'tcp' ? '' : `/${protocol}`;
  const isSame = hostPort === containerPort && address === '';
  return `${isSame ? '' : `${address}${hostPort}:`}${containerPort}${suffix}`;
}

export function outlineContainer(spec: BoxSpec, lookup: Lookup): OutlinedContainer {
  const { user, cmd, entrypoint } = spec;
  return {
    name: '',
    image: spec.url === undefined ? imageReference(spec, lookup) : spec.url,
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
    ...outlineContainer(spec, lookup),
    name,
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
