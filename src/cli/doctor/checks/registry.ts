import { readFile } from 'node:fs/promises';
import { openRegistryClient } from '../../../registry/index.ts';
import { readBuilderSettings } from '../../builder-settings.ts';
import { type Check, ok, skipped } from '../check.ts';

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
    await client.ping({ signal });
    return ok(
      `${host} answers${credentials === undefined ? ', without a login' : ` and takes the login of ${credentials.username}`}`,
    );
  },
};
