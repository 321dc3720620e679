import { resolve } from 'node:path';
import { CacheError } from '../error.ts';
import type { PushTarget } from '../remotes/remote.ts';

type SshTarget = Extract<PushTarget, { type: 'ssh' }>;

const FORMS = 'Expected user@host:path, ssh://user@host:port/path, or the absolute folder of a repository.';

// What ssh hands on to programs that a user's configuration names, which may run a shell: nothing that one would act on.
const USER = /^[\p{L}\p{N}_.+][\p{L}\p{N}_.+@=~-]*$/u;
const HOST = /^[\p{L}\p{N}_.][\p{L}\p{N}_.-]*$/u;
const IPV6 = /^[0-9a-f.]*:[0-9a-f:.]*(%[\w.-]+)?$/i;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const SSH_URL = /^ssh:\/\/(?:([^/]*)@)?(\[[^\]/]*\]|[^:/]*)(?::([^/]*))?(\/.*)?$/i;
const PASSWORD = 'it holds a password; ssh takes keys, and no password from an address';
const SCP = /^(?:([^/:[\]]*)@)?(\[[^\]/]*\]|[^:/[\]]*):(.*)$/;

/**
 * Reads where something is pushed to: `user@host:path`, `ssh://user@host:port/path`, `/folder`, `file:///folder`; IPv6
 * addresses in brackets. `port` is for a host whose address names none (`push-port`). Throws `INVALID_CONFIGURATION`; what
 * ssh or a shell could take for an option or a command is refused as well.
 */
export function parsePushUrl(text: string, port?: number): PushTarget {
  const shown = withoutPassword(text);
  const refuse: Refuse = (what) => {
    throw new CacheError('INVALID_CONFIGURATION', `push address "${shown}": ${what}`, { hint: FORMS });
  };
  if (text === '' || UNPRINTABLE.test(text))
    return refuse('it is empty or holds characters that do not print');
  if (text.startsWith('/')) return { type: 'folder', folder: resolve(text) };
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'file') return fileTarget(text, refuse);
  if (scheme === 'http' || scheme === 'https')
    return refuse('artifacts are pushed over ssh, and pulled over http');
  if (scheme !== undefined && scheme !== 'ssh') return refuse(`nothing is pushed over ${scheme}`);
  return sshTarget(text, scheme === 'ssh', port, refuse);
}

/** A target for messages: `user@host:path`. */
export function pushTargetName(target: PushTarget): string {
  if (target.type === 'folder') return target.folder;
  const { host, user, port, path } = target;
  const at = `${user === undefined ? '' : `${user}@`}${host.includes(':') ? `[${host}]` : host}`;
  return port === undefined ? `${at}:${path}` : `${at}:${path} (port ${port})`;
}

type Refuse = (what: string) => never;

function fileTarget(text: string, refuse: Refuse): PushTarget {
  const path = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(text)?.[1];
  if (path === undefined)
    return refuse('a file address has three slashes and names a folder of this machine');
  return { type: 'folder', folder: resolve(decoded(path, refuse)) };
}

function sshTarget(text: string, isUrl: boolean, port: number | undefined, refuse: Refuse): SshTarget {
  const [matched, user, bracketed, third, rest] = (isUrl ? SSH_URL : SCP).exec(text) ?? [];
  if (matched === undefined || bracketed === undefined)
    return refuse('it is no address that can be pushed to');
  const path = isUrl ? decoded(rest ?? '', refuse) : (third ?? '');
  if (path === '' || path === '/') return refuse('it names no repository: the path is missing');
  if (path.startsWith('-')) return refuse('a path that begins with "-" would be taken for an option');
  // As scp reads it, the host ends at the first colon; nobody means that who writes user:password@host:path.
  if (!isUrl && /^[^/]*@[^/]*:/.test(path)) return refuse(PASSWORD);
  if (user !== undefined) checkUser(user, refuse);
  const ownPort = isUrl && third !== undefined ? readPort(third, refuse) : checkPort(port, refuse);
  return {
    type: 'ssh',
    host: readHost(bracketed, refuse),
    path,
    ...(user !== undefined && { user }),
    ...(ownPort !== undefined && { port: ownPort }),
  };
}

function checkUser(user: string, refuse: Refuse): void {
  if (user.includes(':')) refuse(PASSWORD);
  if (!USER.test(user)) refuse(`"${user}" is no user name`);
}

function readHost(text: string, refuse: Refuse): string {
  if (text.startsWith('[')) {
    const address = text.slice(1, -1);
    return IPV6.test(address) ? address : refuse(`"${address}" is no IPv6 address`);
  }
  return HOST.test(text) ? text : refuse(text === '' ? 'the host is missing' : `"${text}" is no host name`);
}

const readPort = (text: string, refuse: Refuse): number | undefined =>
  checkPort(/^\d{1,5}$/.test(text) ? Number(text) : Number.NaN, refuse);

function checkPort(port: number | undefined, refuse: Refuse): number | undefined {
  if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)) return port;
  return refuse('the port is no whole number from 1 to 65535');
}

function decoded(path: string, refuse: Refuse): string {
  let text: string;
  try {
    text = decodeURIComponent(path);
  } catch {
    return refuse('"%" is not followed by two hex digits of UTF-8');
  }
  return UNPRINTABLE.test(text) ? refuse('it holds characters that do not print') : text;
}

/** A password is no part of any form, and yet people write it. */
const withoutPassword = (text: string): string =>
  text.replace(/^([a-z][a-z0-9+.-]*:\/*)?([^/@:]*):.*@/is, '$1$2:***@').replace(/\p{C}/gu, '\ufffd');
