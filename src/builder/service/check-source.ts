import { isLoopback, parseImageName } from '../../registry/index.ts';
import type { BuilderUser } from '../builder.ts';
import type { Destination } from '../destination.ts';
import { BuilderError } from '../error.ts';

/**
 * The registry that images go to has those of all users, and is asked as the operator: that could give an image to anybody. So
 * a user extends their own ones there, and no others, unless the operator has said which sources there are. Throws `INVALID`.
 */
export function checkSource({ login, sources }: BuilderUser, source: string, destination: Destination): void {
  if (sources === 'all' || destination.isUsers === true) return;
  const parsed = parseImageName(source);
  if (!parsed.ok) return; // the backend says what is wrong with it
  const { registry, path } = parsed.value;
  const { pushHost, pullHost } = destination;
  if (![pushHost, pullHost].some((host) => isSameRegistry(host, registry))) return;
  if (path === login || path.startsWith(`${login}/`)) return;
  throw new BuilderError('INVALID', 'Invalid source for the build.', {
    detail: `source: in ${registry} a user extends images below ${login}, and no others unless the operator lists them (--build-source)`,
  });
}

/** Whether two names lead to one registry: ports that need not be written, and all names of this machine. */
function isSameRegistry(one: string, other: string): boolean {
  return nameOf(one) === nameOf(other);
}

function nameOf(host: string): string {
  const [, name = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(host.toLowerCase()) ?? [];
  const machine = isLoopback(name) ? 'localhost' : name.replace(/\.$/, '');
  // Which of both a registry without a port is asked at depends on how it is asked.
  return port === '' || port === '443' || port === '80' ? machine : `${machine}:${port}`;
}
