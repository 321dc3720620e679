import { normaliseHost } from './image-name.ts';
import { checkHost, looksLikeHost } from './image-name-checks.ts';

/** Where a registry is, out of what people write for it. */
export interface RegistryAddress {
  /** Host, in lower case, and port, as image names begin with it. */
  readonly host: string;
  /** Lower case, without `://`; absent: none was written. */
  readonly scheme?: string;
  /** What follows the host, without `/v1`, `/v2` and slashes at the end; empty as a rule. */
  readonly path: string;
}

const ADDRESS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/?#]*)(.*)$/is;

/** Reads a registry's URL, or its host alone. Absent: it is neither, or carries a user name. */
export function parseRegistryAddress(text: string): RegistryAddress | undefined {
  const [, scheme, host = '', rest = ''] = ADDRESS.exec(text.trim()) ?? [];
  if (!looksLikeHost(host) || checkHost({ text: host, at: 0 }) !== undefined) return undefined;
  return {
    host: normaliseHost(host),
    ...(scheme !== undefined && { scheme: scheme.toLowerCase() }),
    path: withoutSlashes(withoutSlashes(rest).replace(/\/v[12]$/i, '')),
  };
}

function withoutSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}
