/** A service as other containers of its network see it. */
export interface LinkedService {
  readonly alias: string;
  readonly address: string;
  /** `6379/tcp` each. */
  readonly exposedPorts: readonly string[];
  /** `NAME=value` each: the image's and the file's, without link variables. */
  readonly environment: readonly string[];
}

interface Port {
  readonly number: number;
  readonly protocol: string;
}

function parsePort(text: string): Port | undefined {
  const match = /^(\d+)\/(tcp|udp|sctp)$/.exec(text);
  return match === null ? undefined : { number: Number(match[1]), protocol: match[2] ?? 'tcp' };
}

const byNumber = (a: Port, b: Port): number => a.number - b.number || a.protocol.localeCompare(b.protocol);

/** The alias as the beginning of variable names: upper-case, and `_` for what no name may hold. */
export const linkPrefix = (alias: string): string => alias.toUpperCase().replace(/\W/g, '_');

/**
 * The variables by which old container links told a container of its neighbours; contract: docs/contracts/pipeline.md,
 * "Services and links".
 */
export function linkVariables(service: LinkedService, runId: string): string[] {
  const prefix = linkPrefix(service.alias);
  const ports = service.exposedPorts
    .map(parsePort)
    .filter((port) => port !== undefined)
    .sort(byNumber);
  const urlOf = ({ number, protocol }: Port): string => `${protocol}://${service.address}:${number}`;
  const [lowest] = ports;
  return [
    `${prefix}_NAME=/wercker-pipeline-${runId}/${service.alias.replaceAll('-', '_')}`,
    ...(lowest === undefined ? [] : [`${prefix}_PORT=${urlOf(lowest)}`]),
    ...ports.flatMap((port) => {
      const name = `${prefix}_PORT_${port.number}_${port.protocol.toUpperCase()}`;
      return [
        `${name}=${urlOf(port)}`,
        `${name}_ADDR=${service.address}`,
        `${name}_PORT=${port.number}`,
        `${name}_PROTO=${port.protocol}`,
      ];
    }),
    ...service.environment.map((entry) => `${prefix}_ENV_${entry}`),
  ];
}
