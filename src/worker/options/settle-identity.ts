import { hostname, networkInterfaces } from 'node:os';
import { IDENTIFIER, WORKER_TYPE } from '../../queue-api/index.ts';
import { type Ec2Metadata, Ec2MetadataError } from '../host/ec2-metadata.ts';
import type { WorkerIdentity } from '../identity.ts';
import { WorkerConfigurationError } from './check-configuration.ts';
import type { WorkerConfiguration } from './schema.ts';

/** What the early form asked the metadata service for, where no option said it. */
const METADATA = {
  workerType: 'ami-id',
  workerGroup: 'placement/availability-zone',
  workerId: 'instance-id',
} as const;
const VERSION = '2012-01-12';

const RULES = {
  provisionerId: {
    flag: '--provisioner-id',
    pattern: IDENTIFIER,
    rule: 'letters, digits, - and _, 38 at most',
  },
  workerType: {
    flag: '--worker-type',
    pattern: WORKER_TYPE,
    rule: 'small letters, digits and -, beginning with a letter and not ending with -, 38 at most',
  },
  workerGroup: { flag: '--worker-group', pattern: IDENTIFIER, rule: 'letters, digits, - and _, 38 at most' },
  workerId: { flag: '--worker-id', pattern: IDENTIFIER, rule: 'letters, digits, - and _, 38 at most' },
} as const;

type Name = keyof typeof RULES;
const NAMES = ['provisionerId', 'workerType', 'workerGroup', 'workerId'] as const;

/** An address of this machine that others may know. */
function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outward = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  return outward?.address ?? '127.0.0.1';
}

/**
 * Who the worker is. The metadata service is asked only for what nothing else says. Throws `WorkerConfigurationError` that names
 * every option that is missing or wrong.
 */
export async function settleIdentity(
  configuration: WorkerConfiguration,
  metadata: Ec2Metadata,
  version: string,
): Promise<WorkerIdentity> {
  const names = await fillNames(configuration, metadata);
  const wrong = NAMES.flatMap((name) => {
    const { flag, pattern, rule } = RULES[name];
    return pattern.test(names[name]) ? [] : [`${flag}: expected ${rule}; found "${names[name]}"`];
  });
  if (wrong.length > 0) throw new WorkerConfigurationError(wrong);
  const { workerNodeType = 'standalone', region, availabilityZone, cloud, instanceType } = configuration;
  const privateIp = configuration.privateIp ?? ownAddress();
  return {
    ...names,
    taskQueueId: `${names.provisionerId}/${names.workerType}`,
    ...{ workerNodeType, privateIp, version },
    publicIp: configuration.publicIp ?? privateIp,
    hostname: configuration.publicHost ?? configuration.host ?? hostname(),
    instanceId: configuration.instanceId ?? 'standalone',
    ...(region !== undefined && { region }),
    ...(availabilityZone !== undefined && { availabilityZone }),
    ...(cloud !== undefined && { cloud }),
    ...(instanceType !== undefined && { instanceType }),
  };
}

async function fillNames(
  configuration: WorkerConfiguration,
  metadata: Ec2Metadata,
): Promise<Readonly<Record<Name, string>>> {
  const absent = NAMES.filter((name) => !configuration[name]);
  const asked = absent.filter((name): name is keyof typeof METADATA => name in METADATA);
  const [found, why] = asked.length === 0 ? [{}, ''] : await askMetadata(asked, metadata);
  const names = { ...configuration, ...found };
  const missing = NAMES.filter((name) => !names[name]).map((name) => RULES[name].flag);
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'is' : 'are';
    const hint =
      asked.length > 0 ? `; on a machine that is none of EC2 say ${missing.map(shown).join(' ')}` : '';
    throw new WorkerConfigurationError([
      `${missing.join(', ')} ${are} missing${why && `, and ${why}`}${hint}`,
    ]);
  }
  const { provisionerId = '', workerType = '', workerGroup = '', workerId = '' } = names;
  return { provisionerId, workerType, workerGroup, workerId };
}

/** An option as one might say it. */
const shown = (flag: string): string => `${flag} ${EXAMPLES[flag] ?? 'local'}`;
const EXAMPLES: Readonly<Record<string, string>> = {
  '--worker-type': 'docker',
  '--worker-id': '"$(hostname)"',
};

/** What the metadata service says; where it does not, why. */
async function askMetadata(
  names: readonly (keyof typeof METADATA)[],
  metadata: Ec2Metadata,
): Promise<[found: Partial<Record<Name, string>>, why: string]> {
  try {
    const found: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const text = (await metadata.get(`${VERSION}/meta-data/${METADATA[name]}`))?.trim();
      if (text) found[name] = text;
    }
    return [found, 'the EC2 metadata service does not know'];
  } catch (error) {
    if (!(error instanceof Ec2MetadataError)) throw error;
    return [{}, error.message];
  }
}
