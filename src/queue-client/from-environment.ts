import { QueueClientError } from './error.ts';
import type { QueueClientOptions } from './queue-client.ts';

/**
 * Address and credentials as all Taskcluster tools find them: `TASKCLUSTER_ROOT_URL`, `TASKCLUSTER_CLIENT_ID`,
 * `TASKCLUSTER_ACCESS_TOKEN`, `TASKCLUSTER_CERTIFICATE`. `rootUrl` is absent where nothing says it. Throws
 * `QueueClientError` for credentials of which a part is missing or is wrong.
 */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Pick<QueueClientOptions, 'rootUrl' | 'credentials'>> {
  const rootUrl = environment['TASKCLUSTER_ROOT_URL'];
  const clientId = environment['TASKCLUSTER_CLIENT_ID'];
  const accessToken = environment['TASKCLUSTER_ACCESS_TOKEN'];
  const certificate = environment['TASKCLUSTER_CERTIFICATE'];
  const found = rootUrl ? { rootUrl } : {};
  if (!clientId && !accessToken) return found;
  if (!clientId || !accessToken) {
    const [given, missing] = clientId ? ['CLIENT_ID', 'ACCESS_TOKEN'] : ['ACCESS_TOKEN', 'CLIENT_ID'];
    throw new QueueClientError(`TASKCLUSTER_${given} is set, and TASKCLUSTER_${missing} is not`, {
      hint: 'set both, or neither to call without credentials',
    });
  }
  if (certificate && !isJson(certificate))
    throw new QueueClientError('TASKCLUSTER_CERTIFICATE is no JSON', {
      hint: 'it comes whole with temporary credentials; quote it for the shell',
    });
  const credentials = { clientId, accessToken, ...(certificate && { certificate }) };
  return { ...found, credentials: () => credentials };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
