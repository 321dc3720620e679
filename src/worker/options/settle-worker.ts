import type { Credentials } from '../../queue-api/index.ts';
import type { WorkerIdentity } from '../identity.ts';
import { type AskHostOptions, askHost } from './ask-host.ts';
import { WorkerConfigurationError } from './check-configuration.ts';
import { PROFILES } from './defaults.ts';
import { mergeConfigurations } from './merge.ts';
import { readWorkerFile } from './read-file.ts';
import type { WorkerConfiguration } from './schema.ts';
import { settleIdentity } from './settle-identity.ts';
import { type SettledWorker, settleSettings } from './settle-settings.ts';
import { keysWithoutMeaning } from './without-meaning.ts';

export interface SettleWorkerOptions extends Omit<AskHostOptions, 'kind'> {
  readonly host: AskHostOptions['kind'];
  /** The command line's, stronger than everything. */
  readonly flags: WorkerConfiguration;
  /** The worker's own file. */
  readonly file?: string;
  readonly profile?: string;
  /** Weaker than the file. */
  readonly base: WorkerConfiguration;
  readonly version: string;
}

/** A worker as it is going to be started. */
export interface WorkerPlan extends SettledWorker {
  readonly identity: WorkerIdentity;
  readonly rootUrl: string;
  /** Absent: nothing is signed, as a server in open mode takes it. */
  readonly credentials?: Credentials;
  /** What was given and means nothing here, each with why. */
  readonly warnings: readonly string[];
}

/** What the environment says of the queue: weaker than what the host says, stronger than a file. `QUEUE_URL` is the early name. */
function environmentLayer(environment: NodeJS.ProcessEnv): WorkerConfiguration {
  const clientId = environment['TASKCLUSTER_CLIENT_ID'];
  const accessToken = environment['TASKCLUSTER_ACCESS_TOKEN'];
  const certificate = environment['TASKCLUSTER_CERTIFICATE'];
  const queueUrl = environment['QUEUE_URL']?.replace(/\/+(?:api\/queue\/*)?(?:v1\/*)?$/, '');
  const rootUrl = environment['TASKCLUSTER_ROOT_URL'] || queueUrl;
  const signed = clientId && accessToken;
  return {
    ...(rootUrl && { rootUrl }),
    ...(signed && { taskcluster: { clientId, accessToken, ...(certificate && { certificate }) } }),
  };
}

/**
 * Everything about a worker, out of its command line, its host, the environment, its file and the defaults. Throws
 * `WorkerConfigurationError` with all that is wrong.
 */
export async function settleWorker(options: SettleWorkerOptions): Promise<WorkerPlan> {
  const { environment, metadata, base, flags, profile } = options;
  const host = await askHost({ ...options, kind: options.host });
  const file =
    options.file === undefined ? undefined : await readWorkerFile(options.file, profile, environment);
  if (profile !== undefined) checkProfile(profile, file?.profiles ?? []);
  const given = [flags, host, environmentLayer(environment), ...(file?.layers ?? [])];
  const layers = [...given, PROFILES[profile ?? ''] ?? {}, base];
  const all = mergeConfigurations(...layers);
  const rootUrl = all.rootUrl ?? all.taskcluster?.rootUrl;
  if (rootUrl === undefined) {
    throw new WorkerConfigurationError([
      '--root-url is missing: say where the queue is, there or in TASKCLUSTER_ROOT_URL',
    ]);
  }
  const { clientId, accessToken, certificate } = all.taskcluster ?? {};
  const credentials =
    clientId === undefined || accessToken === undefined
      ? undefined
      : { clientId, accessToken, ...(certificate !== undefined && { certificate }) };
  return {
    ...settleSettings(...layers),
    identity: await settleIdentity(all, metadata, options.version),
    rootUrl: rootUrl.replace(/\/+$/, ''),
    ...(credentials !== undefined && { credentials }),
    warnings: keysWithoutMeaning(mergeConfigurations(...given)),
  };
}

function checkProfile(profile: string, inFile: readonly string[]): void {
  const known = new Set([...inFile, ...Object.keys(PROFILES)]);
  if (known.has(profile)) return;
  throw new WorkerConfigurationError([
    `there is no profile "${profile}": there are ${[...known].toSorted().join(', ')}`,
  ]);
}
