import { z } from 'zod';
import type { Credentials } from '../../queue-api/index.ts';
import { checkConfiguration } from '../options/check-configuration.ts';
import { mergeConfigurations } from '../options/merge.ts';
import type { WorkerConfiguration } from '../options/schema.ts';
import type { Ec2Metadata } from './ec2-metadata.ts';

/** What the provisioner wrote for the machine. */
const UserData = z.object({
  securityToken: z.string().optional(),
  taskclusterRootUrl: z.url({ protocol: /^https?$/ }).optional(),
  capacity: z.number().int().nonnegative().optional(),
  workerType: z.string().optional(),
  provisionerId: z.string().optional(),
  data: z.unknown().optional(),
});

const Secret = z.object({ secret: z.unknown() });
const ProvisionerSecret = z.object({
  credentials: z.object({
    clientId: z.string(),
    accessToken: z.string(),
    certificate: z.union([z.string(), z.looseObject({})]).optional(),
  }),
});

export interface AwsHostOptions {
  readonly metadata: Ec2Metadata;
  /** JSON from a path of the deployment, signed with the credentials if there are any; `undefined`: there is none. */
  readonly fetchJson: (
    rootUrl: string,
    path: string,
    credentials: Credentials | undefined,
  ) => Promise<unknown>;
}

const json = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${what} is no JSON`, { cause });
  }
};

/**
 * What an EC2 machine says of itself: its facts, the provisioner's user data, credentials for its security token, and the secret of
 * its worker type; the last wins over those before it.
 */
export async function configureAws({ metadata, fetchJson }: AwsHostOptions): Promise<WorkerConfiguration> {
  const [facts, text] = await Promise.all([readFacts(metadata), metadata.get('latest/user-data')]);
  const given = UserData.parse(text === undefined ? {} : json(text, 'the user data of this EC2 machine'));
  const { taskclusterRootUrl: rootUrl, securityToken, capacity, workerType, provisionerId } = given;
  const ids = checkConfiguration(defined({ capacity, workerType, provisionerId }), 'user-data');
  const data = checkConfiguration(given.data ?? {}, 'user-data.data');
  if (rootUrl === undefined) return mergeConfigurations(data, ids, facts);
  const credentials = securityToken && (await fetchCredentials(fetchJson, rootUrl, securityToken));
  const pool = `${provisionerId ?? data.provisionerId}/${workerType ?? data.workerType}`;
  const secret = credentials
    ? await fetchSecret(fetchJson, { rootUrl, pool, credentials })
    : ({} satisfies WorkerConfiguration);
  const signed = credentials ? { taskcluster: credentials } : {};
  return mergeConfigurations(secret, signed, { rootUrl }, data, ids, facts);
}

/** Without the keys that have no value. */
const defined = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

async function readFacts(metadata: Ec2Metadata): Promise<WorkerConfiguration> {
  const read = (name: string): Promise<string | undefined> => metadata.get(`latest/meta-data/${name}`);
  const [publicHost, publicIp, privateIp, workerId, zone, instanceType] = await Promise.all([
    read('public-hostname'),
    read('public-ipv4'),
    read('local-ipv4'),
    read('instance-id'),
    read('placement/availability-zone'),
    read('instance-type'),
  ]);
  const region = zone?.replace(/[a-z]$/, '');
  const facts = {
    ...{ publicHost, publicIp, privateIp, workerId, region, instanceType, cloud: 'aws' },
    ...{ instanceId: workerId, workerGroup: region, availabilityZone: zone, workerNodeType: instanceType },
  };
  return checkConfiguration(defined(facts), 'meta-data');
}

async function fetchCredentials(
  fetchJson: AwsHostOptions['fetchJson'],
  rootUrl: string,
  securityToken: string,
): Promise<Credentials> {
  const path = `/api/aws-provisioner/v1/secret/${encodeURIComponent(securityToken)}`;
  const answer = await fetchJson(rootUrl, path, undefined);
  const { clientId, accessToken, certificate } = ProvisionerSecret.parse(answer).credentials;
  const text = typeof certificate === 'string' ? certificate : certificate && JSON.stringify(certificate);
  return { clientId, accessToken, ...(text !== undefined && text !== '' && { certificate: text }) };
}

async function fetchSecret(
  fetchJson: AwsHostOptions['fetchJson'],
  asked: { readonly rootUrl: string; readonly pool: string; readonly credentials: Credentials },
): Promise<WorkerConfiguration> {
  const name = `worker-type:${asked.pool}`;
  const path = `/api/secrets/v1/secret/${encodeURIComponent(name)}`;
  const answer = await fetchJson(asked.rootUrl, path, asked.credentials);
  return answer === undefined ? {} : checkConfiguration(Secret.parse(answer).secret, `secret ${name}`);
}
