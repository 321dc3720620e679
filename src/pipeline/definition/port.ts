import type { PortSpec } from '../definition.ts';

const PORT =
  /^(?:(?<address>\[[\da-fA-F:.]+\]|[^:/[\]\s]*[^\d:/[\]\s][^:/[\]\s]*):)?(?:(?<host>\d+):)?(?<container>\d+)(?:\/(?<protocol>tcp|udp|sctp))?$/i;

/** Room for any IPv6 address, two ports and a protocol. */
const MAX_PORT_LENGTH = 80;

/** Reads `[ip:][host:]container[/protocol]`; undefined when it is not that. One number means the same port on both sides. */
export function parsePort(text: string): PortSpec | undefined {
  if (text.length > MAX_PORT_LENGTH) return undefined;
  const groups = PORT.exec(text.trim())?.groups;
  const containerPort = Number(groups?.['container']);
  const hostPort = Number(groups?.['host'] ?? groups?.['container']);
  if (!isPort(containerPort) || !isPort(hostPort)) return undefined;
  const address = groups?.['address']?.replace(/^\[|\]$/g, '');
  const protocol = protocolOf(groups?.['protocol']);
  return { ...(address !== undefined && { hostAddress: address }), hostPort, containerPort, protocol };
}

function protocolOf(text: string | undefined): PortSpec['protocol'] {
  const lower = text?.toLowerCase();
  return lower === 'udp' || lower === 'sctp' ? lower : 'tcp';
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;
