import { resolve } from 'node:path';
import type { ArtifactStore } from '../runner/index.ts';
import {
  isKey,
  OciEnvironmentError,
  type OciLocation,
  readOciEnvironment,
  type S3Location,
  type StoreLocation,
} from '../store/index.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-code.ts';
import type { FlagValues } from './flag-values.ts';
import { OCI_VARIABLES } from './flags/store.ts';

/** Where artifacts go, what lines of a run call that, and where an object of it can be found. */
export interface ArtifactPlace extends Omit<ArtifactStore, 'store'> {
  readonly location: StoreLocation;
}

const encoded = (key: string): string => key.split('/').map(encodeURIComponent).join('/');

/** The place of a location that somebody asked for. */
export function placeAt(location: StoreLocation): ArtifactPlace {
  switch (location.type) {
    case 's3': {
      // The contract's, whatever the region.
      const origin = (location.endpoint ?? 'https://s3.amazonaws.com').replace(/\/+$/, '');
      const urlOf = (key: string): string => `${origin}/${location.bucket}/${encoded(key)}`;
      return { location, destination: 'S3', urlOf };
    }
    case 'oci': {
      const origin = location.endpoint ?? `https://objectstorage.${location.region}.oraclecloud.com`;
      const bucket = `n/${location.namespace}/b/${location.bucket}`;
      const urlOf = (key: string): string => `${origin}/${bucket}/o/${encodeURIComponent(key)}`;
      return { location, destination: 'OCI Object Store', urlOf };
    }
    case 'folder': {
      const urlOf = (key: string): string => resolve(location.folder, key);
      return { location, destination: 'local-file-store', urlOf };
    }
    default:
      return { location };
  }
}

/** The place that the flags ask for; `undefined` where they ask for none. Throws `UsageError`. */
export async function askedPlace(context: CommandContext): Promise<ArtifactPlace | undefined> {
  const { flags } = context;
  if (flags.on('store-oci')) {
    const other = ['store-s3', 'local-file-store'].find((name) => flags.given(name));
    if (other !== undefined)
      throw new UsageError(`--store-oci and --${other} name two stores: leave one of them out`);
    return placeAt(await ociLocation(context));
  }
  if (!flags.on('store-s3')) return undefined;
  const folder = flags.text('local-file-store');
  if (folder === undefined) return placeAt(s3Location(flags));
  const bucket = flags.required('s3-bucket');
  if (!isKey(bucket) || bucket.includes('/')) {
    throw new UsageError(`--s3-bucket: expected the name of a folder, found "${bucket}"`);
  }
  return placeAt({ type: 'folder', folder: resolve(context.currentFolder, folder, bucket) });
}

/** Names of today, and those that buckets made long ago may have. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;

function s3Location(flags: FlagValues): S3Location {
  // The default is the original's own bucket: what a run produced goes to no stranger because a flag was forgotten.
  if (!flags.given('s3-bucket'))
    throw new UsageError('--store-s3: which bucket? Name it with --s3-bucket NAME');
  const bucket = flags.required('s3-bucket');
  if (!BUCKET.test(bucket))
    throw new UsageError(`--s3-bucket: expected the name of a bucket, found "${bucket}"`);
  const endpoint = flags.text('s3-endpoint');
  return {
    type: 's3',
    bucket,
    region: flags.required('aws-region'),
    ...(flags.text('s3-encryption') === 'none' && { encryption: 'none' }),
    silenceMs: (flags.number('s3-timeout') ?? 30) * 1000,
    ...(endpoint !== undefined && { endpoint: origin(endpoint) }),
    ...s3Credentials(flags),
  };
}

function origin(text: string): string {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
  if (isOrigin) return url.origin;
  const found = text.includes('@') ? '' : `, found "${text}"`; // what stands before it may be a password
  throw new UsageError(
    `--s3-endpoint: expected an address as https://objects.example.com, without a path or credentials${found}`,
  );
}

function s3Credentials(flags: FlagValues): Pick<S3Location, 'credentials'> {
  const [accessKeyId, secretAccessKey] = [flags.text('aws-access-key'), flags.text('aws-secret-key')];
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { credentials: { accessKeyId, secretAccessKey } };
  }
  if (accessKeyId === undefined && secretAccessKey === undefined) return {};
  const missing = accessKeyId === undefined ? 'aws-access-key' : 'aws-secret-key';
  throw new UsageError(`--${missing} is missing: --aws-access-key and --aws-secret-key go together`);
}

async function ociLocation({ flags, environment }: CommandContext): Promise<OciLocation> {
  const given = Object.entries(OCI_VARIABLES).flatMap(([name, variable]) =>
    flags.given(name) ? [[variable, flags.required(name)]] : [],
  );
  const namespace = flags.text('oci-namespace');
  const bucket = flags.given('oci-bucket')
    ? flags.required('oci-bucket')
    : environment['WERCKER_OCI_BUCKETNAME'] || flags.required('oci-bucket');
  try {
    const location = await readOciEnvironment(
      { ...environment, ...Object.fromEntries(given) },
      { bucket, ...(namespace !== undefined && { namespace }) },
    );
    if (location !== undefined) return location;
    throw new UsageError('--store-oci: set WERCKER_OCI_TENANCY_OCID, and the other WERCKER_OCI_ variables');
  } catch (error) {
    throw error instanceof OciEnvironmentError ? new UsageError(`--store-oci: ${error.message}`) : error;
  }
}
