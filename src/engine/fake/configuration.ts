import type { ContainerSpec } from '../engine.ts';

/** What a container runs and with what, its image's part included. */
export interface Configuration {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value` each. */
  readonly environment: readonly string[];
  readonly user: string;
  readonly exposedPorts: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthCheck?: readonly string[];
  /** Absent: the root. */
  readonly workingDir?: string;
  readonly volumes?: readonly string[];
  readonly stopSignal?: string;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The specification over the image, as Docker merges them. */
export function configure(spec: ContainerSpec, image: Configuration): Configuration {
  const { entrypoint = image.entrypoint, command = [] } = spec;
  const published = (spec.publishedPorts ?? []).map((port) => `${port.containerPort}/${port.protocol}`);
  // An entry point of the specification's own goes without the image's command.
  const inherits = command.length === 0 && !spec.entrypoint?.length;
  return {
    ...image,
    entrypoint,
    command: inherits ? image.command : command,
    environment: mergeEnvironment([`PATH=${DEFAULT_PATH}`], image.environment, spec.environment ?? []),
    user: spec.user ?? image.user,
    exposedPorts: [...new Set([...image.exposedPorts, ...(spec.exposedPorts ?? []), ...published])],
    labels: { ...image.labels, ...spec.labels },
    ...(spec.workingDir !== undefined && { workingDir: spec.workingDir }),
  };
}

/** What the process gets: the configured variables, and those that Docker adds where they are absent. */
export function processEnvironment(
  environment: readonly string[],
  id: string,
  home: string,
): Record<string, string> {
  const all = mergeEnvironment([`HOSTNAME=${id.slice(0, 12)}`, `HOME=${home}`], environment);
  return Object.fromEntries(all.map(splitVariable));
}

export function mergeEnvironment(...lists: readonly (readonly string[])[]): string[] {
  const merged = new Map(lists.flat().map(splitVariable));
  return [...merged].map(([name, value]) => `${name}=${value}`);
}

function splitVariable(variable: string): [name: string, value: string] {
  const equals = variable.indexOf('=');
  return equals < 0 ? [variable, ''] : [variable.slice(0, equals), variable.slice(equals + 1)];
}
