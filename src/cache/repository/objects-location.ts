import { readOciEnvironment, type S3Credentials, type StoreLocation } from '../../store/index.ts';
import { CacheError } from '../error.ts';

/** Where the objects of a repository are, if not in its folder. */
export interface ObjectsLocation {
  readonly store: StoreLocation;
  /** In front of every key; empty, or ends with a slash. */
  readonly prefix: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const S3_PARTS = ['region', 'endpoint', 'encryption'];
const S3_DEFAULT_REGION = 'us-east-1';

const EXAMPLES = 'Expected s3://BUCKET/PREFIX?region=REGION&endpoint=URL, or oci://NAMESPACE/BUCKET/PREFIX.';

/**
 * Reads the setting `objects`. Credentials are never in it: they come from the environment and the files that AWS's own
 * tools read, or from `WERCKER_OCI_*`. Throws `BAD_REPOSITORY`.
 */
export async function readObjectsLocation(text: string, environment: Environment): Promise<ObjectsLocation> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === '' || url.username !== '' || url.password !== '' || url.hash !== '') {
    throw refuse('is no place for objects');
  }
  if (url.protocol === 's3:') return s3Location(url, environment);
  if (url.protocol === 'oci:') return await ociLocation(url, environment);
  throw refuse(`has the scheme ${url.protocol.slice(0, -1)}`);
}

function s3Location(url: URL, environment: Environment): ObjectsLocation {
  const unknown = [...url.searchParams.keys()].find((name) => !S3_PARTS.includes(name));
  if (unknown !== undefined) throw refuse(`has the unknown part ${unknown}`);
  const endpoint =
    url.searchParams.get('endpoint') ?? environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'];
  const region =
    url.searchParams.get('region') ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  if (endpoint !== undefined && !/^https?:\/\/[^/?#@]+\/?$/.test(endpoint))
    throw refuse('has an endpoint that is no origin');
  const store: StoreLocation = {
    type: 's3',
    bucket: url.host,
    region: region ?? S3_DEFAULT_REGION,
    ...(endpoint !== undefined && { endpoint }),
    ...(url.searchParams.get('encryption') === 'none' && { encryption: 'none' }),
    ...s3Credentials(environment),
  };
  return { store, prefix: prefixOf(url.pathname) };
}

/** Absent: AWS's usual chain of files, roles and metadata. */
function s3Credentials(environment: Environment): { readonly credentials?: S3Credentials } {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (!accessKeyId || !secretAccessKey) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } };
}

async function ociLocation(url: URL, environment: Environment): Promise<ObjectsLocation> {
  const [bucket = '', ...rest] = url.pathname.slice(1).split('/');
  if (bucket === '') throw refuse('names no bucket');
  const store = await readOciEnvironment({ ...environment }, { namespace: url.host, bucket });
  if (store === undefined) {
    throw new CacheError(
      'BAD_REPOSITORY',
      'The objects are in OCI Object Storage, and nothing says who asks for them',
      {
        hint: 'Set WERCKER_OCI_TENANCY_OCID and the other variables of that name.',
      },
    );
  }
  return { store, prefix: prefixOf(`/${rest.join('/')}`) };
}

function prefixOf(path: string): string {
  const parts = decodeURIComponent(path)
    .split('/')
    .filter((part) => part !== '');
  if (parts.some((part) => part === '.' || part === '..' || part === '.slipway'))
    throw refuse('has a prefix that cannot be one');
  return parts.map((part) => `${part}/`).join('');
}

const refuse = (why: string): CacheError =>
  new CacheError('BAD_REPOSITORY', `The setting \`objects\` of the repository ${why}`, { hint: EXAMPLES });
