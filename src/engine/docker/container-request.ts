import type { ContainerSpec, Mount, PublishedPort } from '../engine.ts';

/** A container's specification in the Engine API's words. What is absent is left to the image or the engine. */
export function containerRequest(spec: ContainerSpec): object {
  return {
    Image: spec.image,
    Labels: spec.labels,
    Cmd: spec.command,
    Entrypoint: spec.entrypoint,
    Env: spec.environment,
    User: spec.user,
    WorkingDir: spec.workingDir,
    ExposedPorts: exposedPorts(spec),
    Tty: spec.tty ?? false,
    OpenStdin: spec.openStdin ?? false,
    // Else closing one attachment's input would end its output, and the container would never see the end.
    StdinOnce: spec.openStdin ?? false,
    HostConfig: hostConfig(spec),
    NetworkingConfig: spec.network && {
      EndpointsConfig: { [spec.network.name]: endpointConfig(spec.network) },
    },
  };
}

function hostConfig(spec: ContainerSpec): object {
  return {
    NetworkMode: spec.network?.name,
    Mounts: spec.mounts?.map(mountRequest),
    PortBindings: spec.publishedPorts && portBindings(spec.publishedPorts),
    Memory: spec.memoryBytes,
    MemorySwap: spec.memorySwapBytes,
    Dns: spec.dns,
    ExtraHosts: spec.extraHosts,
    Privileged: spec.privileged,
    ShmSize: spec.shmSizeBytes,
    CapAdd: spec.capabilitiesAdded,
    SecurityOpt: spec.securityOptions,
    Devices: spec.devices?.map(deviceRequest),
    CpusetCpus: spec.cpuset,
    PidsLimit: spec.pidsLimit,
    LogConfig: spec.keepLog === false ? { Type: 'none' } : undefined,
  };
}

/** The engine publishes only what is exposed. */
function exposedPorts({ exposedPorts = [], publishedPorts = [] }: ContainerSpec): Record<string, object> {
  return Object.fromEntries([...exposedPorts, ...publishedPorts.map(portName)].map((port) => [port, {}]));
}

const portName = ({ containerPort, protocol }: PublishedPort): string => `${containerPort}/${protocol}`;

/** As a mount, not a bind: for a bind the engine makes a folder where the source is absent. */
function mountRequest(mount: Mount): object {
  return { Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly };
}

const deviceRequest = (path: string): object => ({
  PathOnHost: path,
  PathInContainer: path,
  CgroupPermissions: 'rwm',
});

function portBindings(ports: readonly PublishedPort[]): Record<string, object[]> {
  const bindings: Record<string, object[]> = {};
  for (const port of ports) {
    const { hostAddress = '', hostPort = '' } = port;
    const binding = { HostIp: hostAddress, HostPort: String(hostPort) };
    bindings[portName(port)] = [...(bindings[portName(port)] ?? []), binding];
  }
  return bindings;
}

function endpointConfig(network: NonNullable<ContainerSpec['network']>): object {
  return {
    Aliases: network.aliases,
    ...(network.address !== undefined && { IPAMConfig: { IPv4Address: network.address } }),
  };
}
