import { readFile } from 'node:fs/promises';
import { openRegistryClient, RegistryError } from '../../../registry/index.ts';
import { readBuilderSettings } from '../../builder-settings.ts';
import { type Check, failed, ok, skipped } from '../check.ts';

export const REGISTRY: Check = {
  name: 'registry',
  async run({ context }, signal) {
    const settings = readBuilderSettings(context);
    const { registryHost, registryPushHost, credentials, plainHttpHosts = [] } = settings?.registry ?? {};
    const host = registryPushHost ?? registryHost;
    if (settings === undefined || host === undefined)
      return skipped('none is set: each user names their own');
    const ca = settings.caFile === undefined ? undefined : await readFile(settings.caFile);
    await using client = openRegistryClient({
      host,
      credentials,
      ca,
      retryPausesMs: [],
      ...(plainHttpHosts.includes(host) && { isPlainHttp: true }),
    });
    try {
      await client.ping({ signal });
    } catch (error) {
      if (!(error instanceof RegistryError) || signal.aborted) throw error;
      return failed(error.message, hintOf(error));
    }
    return ok(
      `${host} answers${credentials === undefined ? ', without a login' : ` and takes the login of ${credentials.username}`}`,
    );
  },
};

function hintOf({ code }: RegistryError): string {
  if (code === 'UNAUTHORIZED') return 'set REGISTRY_USER and REGISTRY_PASS to a login that it takes';
  return 'see whether it runs, and is called so; --build-ca names the authority of its certificate, --registry-plain-http says that it has none';
}
