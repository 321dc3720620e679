import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Identity, IdentitySource } from './access.ts';
import { KubernetesError } from './error.ts';
import { execIdentity } from './exec-identity.ts';
import type { User } from './kubeconfig-schema.ts';

/** A token in a file is written anew before it runs out (a pod's after 48 minutes of an hour), and read again as often. */
const TOKEN_FILE_MS = 60_000;

/** A file that a kubeconfig names; paths in it are seen from its folder. Throws `INVALID_CONFIG`. */
export async function readNamed(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new KubernetesError('INVALID_CONFIG', `the ${what} cannot be read: ${path}`, { cause });
  }
}

/** A PEM that stands in the kubeconfig itself in base64, or in a file that it names. */
export async function pemOf(
  data: string | undefined,
  path: string | undefined,
  { kubeconfig, what }: { readonly kubeconfig: string; readonly what: string },
): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  if (path === undefined) return undefined;
  return await readNamed(resolve(dirname(kubeconfig), path), what);
}

const bearer = (token: string): Identity => ({ headers: { authorization: `Bearer ${token.trim()}` } });

const fixed = (identity: Identity): IdentitySource => ({
  current: () => Promise.resolve(identity),
  refused: () => {},
});

/** The token of a file, read again when it is a minute old or was refused. */
export function tokenFileIdentity(path: string, now: () => number): IdentitySource {
  let known: { readonly identity: Identity; readonly readAt: number } | undefined;
  return {
    async current() {
      if (known !== undefined && now() - known.readAt < TOKEN_FILE_MS) return known.identity;
      const identity = bearer(await readNamed(path, 'token of the service account'));
      const same = known?.identity.headers['authorization'] === identity.headers['authorization'];
      known = { identity: same && known !== undefined ? known.identity : identity, readAt: now() };
      return known.identity;
    },
    refused() {
      known = undefined;
    },
  };
}

/** Who a user of a kubeconfig is. Throws `INVALID_CONFIG` for what is not supported. */
export async function identityOf(
  user: User,
  { kubeconfig, now }: { readonly kubeconfig: string; readonly now: () => number },
): Promise<IdentitySource> {
  if (user['auth-provider'] !== undefined || user.as !== undefined) {
    const field = user.as === undefined ? 'auth-provider' : 'as';
    const message = `${kubeconfig}: "${field}" is not supported: use a token, a client certificate or an exec plugin`;
    throw new KubernetesError('INVALID_CONFIG', message);
  }
  if (user.exec) return execIdentity(user.exec, { folder: dirname(kubeconfig), now });
  if (user.token === undefined && user.tokenFile !== undefined)
    return tokenFileIdentity(resolve(dirname(kubeconfig), user.tokenFile), now);
  const cert = await pemOf(user['client-certificate-data'], user['client-certificate'], {
    kubeconfig,
    what: 'client certificate',
  });
  const key = await pemOf(user['client-key-data'], user['client-key'], { kubeconfig, what: 'client key' });
  return fixed({
    headers: headersOf(user),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

function headersOf({ token, username, password }: User): Identity['headers'] {
  if (token !== undefined && token !== '') return bearer(token).headers;
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}
