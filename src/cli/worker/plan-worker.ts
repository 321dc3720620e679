import { join, resolve } from 'node:path';
import type { Credentials } from '../../queue-api/index.ts';
import { openQueueClient, QueueClientError } from '../../queue-client/index.ts';
import {
  type Ec2Metadata,
  type HostKind,
  settleWorker,
  type WorkerConfiguration,
  type WorkerPlan,
} from '../../worker/index.ts';
import { localCredentials } from '../clients/local-credentials.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { dataFolder } from '../data-folder.ts';
import { versionText } from '../version.ts';
import { capacityLayer, flagLayer } from './flag-layer.ts';
import type { WorkerForm } from './form.ts';

/** Profiles of `docker-worker`: the word behind its options. */
function profileOf({ flags, positionals, program }: CommandContext, form: WorkerForm): string | undefined {
  if (!form.hasProfile) return flags.text('profile');
  const [profile] = positionals;
  if (profile !== undefined) return profile;
  throw new CommandError(
    'a profile is missing',
    `Say which section of the configuration holds: ${program.name} [OPTIONS] production, or test.`,
  );
}

/** Everything about the worker that is to be started. Throws what says what is missing or wrong. */
export async function planWorker(
  context: CommandContext,
  form: WorkerForm,
  metadata: Ec2Metadata,
): Promise<WorkerPlan> {
  const { flags, environment, currentFolder } = context;
  const profile = profileOf(context, form);
  const file = flags.text('config');
  const plan = await settleWorker({
    ...{ environment, metadata, fetchJson, version: versionText() },
    host: flags.text('host') as HostKind | undefined, // the flag takes no other
    flags: { ...flagLayer(flags), ...folderLayer(context) },
    ...(file !== undefined && { file: resolve(currentFolder, file) }),
    ...(profile !== undefined && { profile }),
    base: baseLayer(context, form),
  });
  if (plan.credentials !== undefined || !form.isOwnMachine) return plan;
  const credentials = await localCredentials(context, plan.rootUrl);
  return credentials === undefined ? plan : { ...plan, credentials };
}

/** The folder that the command line names. */
function folderLayer({ flags, currentFolder }: CommandContext): WorkerConfiguration {
  const folder = flags.text('work-dir');
  return folder === undefined ? {} : inFolder(resolve(currentFolder, folder));
}

const inFolder = (folder: string): WorkerConfiguration => ({
  dockerVolume: folder,
  cache: { volumeCachePath: join(folder, 'caches') },
});

function baseLayer({ environment, currentFolder }: CommandContext, form: WorkerForm): WorkerConfiguration {
  const { provisionerId, base, isOwnMachine } = form;
  return {
    ...base,
    ...capacityLayer(form),
    ...(isOwnMachine && inFolder(join(dataFolder(environment, currentFolder), 'worker'))),
    ...(isOwnMachine && { rootUrl: 'http://127.0.0.1:8080' }),
    ...(provisionerId !== undefined && { provisionerId }),
  };
}

/** JSON from a service of the deployment; `undefined` where there is none. */
async function fetchJson(
  rootUrl: string,
  path: string,
  credentials: Credentials | undefined,
): Promise<unknown> {
  await using client = openQueueClient({ rootUrl, credentials: () => credentials });
  const response = await client.fetch(path);
  if (response.status === 404) return undefined;
  if (response.ok) return await response.json();
  // The path may hold a token.
  const service = path.split('/', 3).join('/');
  throw new QueueClientError(`${rootUrl}${service} answers with status ${response.status}`, {
    status: response.status,
  });
}
