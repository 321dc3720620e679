import { unreachable } from '../../kernel/index.ts';
import type { WaitedService } from './waited-service.ts';

/** How it is found out that a service is ready. */
export type Probe = { readonly timeoutMs: number } & (
  | {
      readonly kind: 'tcp';
      readonly ports: readonly number[];
      /** Whether the file names them. Images declare ports that they never open. */
      readonly named: boolean;
    }
  | { readonly kind: 'http'; readonly port: number; readonly path: string; readonly status?: number }
  | { readonly kind: 'command'; readonly command: readonly string[]; readonly from: 'file' | 'image' }
  | { readonly kind: 'log'; readonly text: string }
);

const DEFAULT_TIMEOUT_MS = 60_000;

/** What the file says; else the image's own health check; else its ports. `undefined`: nothing to wait for. */
export function chooseProbe(service: Pick<WaitedService, 'ready' | 'image' | 'ports'>): Probe | undefined {
  const { ready } = service;
  const timeoutMs = ready?.timeoutSeconds === undefined ? DEFAULT_TIMEOUT_MS : ready.timeoutSeconds * 1000;
  const probe = ready?.probe ?? { kind: 'image' };
  switch (probe.kind) {
    case 'none':
      return undefined;
    case 'image':
      return imageProbe(service, timeoutMs);
    case 'tcp':
      return { ...probe, named: true, timeoutMs };
    case 'http':
    case 'log':
      return { ...probe, timeoutMs };
    case 'command': {
      const { command } = probe;
      const words = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
      return { kind: 'command', command: words, from: 'file', timeoutMs };
    }
    default:
      return unreachable(probe);
  }
}

function imageProbe(
  { image, ports }: Pick<WaitedService, 'image' | 'ports'>,
  timeoutMs: number,
): Probe | undefined {
  const command = healthCommand(image.healthCheck);
  if (command !== undefined) return { kind: 'command', command, from: 'image', timeoutMs };
  const exposed = image.exposedPorts.flatMap((port) => /^(\d+)\/tcp$/.exec(port)?.[1] ?? []);
  const declared = ports
    .filter(({ protocol }) => protocol === 'tcp')
    .map(({ containerPort }) => containerPort);
  const all = [...new Set([...exposed.map(Number), ...declared])].sort((a, b) => a - b);
  return all.length === 0 ? undefined : { kind: 'tcp', ports: all, named: false, timeoutMs };
}

/** `CMD` and its words, or `CMD-SHELL` and a text for the shell. */
function healthCommand([form, ...words]: readonly string[] = []): readonly string[] | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  if (form === 'CMD') return words;
  return form === 'CMD-SHELL' ? ['/bin/sh', '-c', first] : undefined;
}

/** The probe in words: `TCP port 5432`. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return `TCP ${portList(probe.ports)}`;
    case 'http':
      return `HTTP GET ${probe.path} on port ${probe.port}`;
    case 'command': {
      const shown = probe.command[0] === '/bin/sh' ? probe.command.slice(2) : probe.command;
      return `${probe.from === 'image' ? "the image's health check" : 'the command'} "${shown.join(' ')}"`;
    }
    case 'log':
      return `the text "${probe.text}" in its output`;
    default:
      return unreachable(probe);
  }
}

/** `port 80`, `ports 80 and 443` */
export function portList(ports: readonly number[]): string {
  if (ports.length === 1) return `port ${ports[0]}`;
  return `ports ${ports.slice(0, -1).join(', ')} and ${ports.at(-1)}`;
}
