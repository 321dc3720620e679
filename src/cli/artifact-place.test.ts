import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { askedPlace } from './artifact-place.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-code.ts';
import { parseArguments } from './flag-values.ts';
import { BUILD_FLAGS } from './flags.ts';

const PRIVATE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string; // what the format gives

const OCI = {
  WERCKER_OCI_TENANCY_OCID: 'tenancy',
  WERCKER_OCI_USER_OCID: 'user',
  WERCKER_OCI_REGION: 'us-ashburn-1',
  WERCKER_OCI_FINGERPRINT: 'aa:bb',
  WERCKER_OCI_PRIVATE_KEY: PRIVATE_KEY,
  WERCKER_OCI_NAMESPACE: 'space',
};

async function asked(line: string, environment: NodeJS.ProcessEnv = {}) {
  const words = line.split(' ').filter((word) => word !== '');
  const { flags } = parseArguments(words, BUILD_FLAGS, environment);
  // Nothing else of the context is looked at.
  return await askedPlace({ flags, environment, currentFolder: '/project' } as CommandContext);
}

const location = async (line: string, environment?: NodeJS.ProcessEnv) =>
  (await asked(line, environment))?.location;

const mistake = async (line: string, environment?: NodeJS.ProcessEnv): Promise<string> => {
  const error: unknown = await asked(line, environment).catch((reason: unknown) => reason);
  if (!(error instanceof UsageError)) throw new Error(`expected a mistake, found ${String(error)}`);
  return error.message;
};

describe('the place of the artifacts', () => {
  it('is nobody’s business without a flag, whatever the environment says', async () => {
    expect(await asked('', { AWS_REGION: 'x', AWS_ENDPOINT_URL_S3: 'x', ...OCI })).toBeUndefined();
    expect(await asked('--local-file-store store --s3-bucket b')).toBeUndefined();
  });

  it('is a folder named as the bucket with --local-file-store', async () => {
    const place = await asked('--store-s3 --local-file-store store');
    expect(place?.location).toEqual({ type: 'folder', folder: '/project/store/wercker-development' });
    expect(place?.destination).toBe('local-file-store');
    expect(place?.urlOf?.('a/b c')).toBe('/project/store/wercker-development/a/b c');
    expect(await location('--store-s3 --local-file-store /srv --s3-bucket mine')).toEqual({
      type: 'folder',
      folder: '/srv/mine',
    });
  });

  it('is a bucket of AWS with what AWS programs read, where no key is given', async () => {
    const place = await asked('--store-s3 --s3-bucket mine', { AWS_REGION: 'eu-west-1' });
    expect(place?.location).toEqual({ type: 's3', bucket: 'mine', region: 'eu-west-1', silenceMs: 30_000 });
    expect(place?.destination).toBe('S3');
    expect(place?.urlOf?.('a/b c')).toBe('https://s3.amazonaws.com/mine/a/b%20c');
  });

  it('is a bucket of another server with the key of the flags', async () => {
    const flags =
      '--aws-access-key id --aws-secret-key secret --s3-endpoint http://127.0.0.1:9000/ --s3-timeout 0.5 --s3-encryption none';
    const place = await asked(`--store-s3 --s3-bucket mine ${flags}`);
    expect(place?.location).toEqual({
      type: 's3',
      bucket: 'mine',
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:9000',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      silenceMs: 500,
      encryption: 'none',
    });
    expect(place?.urlOf?.('a')).toBe('http://127.0.0.1:9000/mine/a');
  });

  it('is a bucket of OCI with the key of the environment', async () => {
    const place = await asked('--store-oci', { ...OCI, WERCKER_OCI_BUCKETNAME: 'theirs' });
    expect(place?.location).toMatchObject({
      type: 'oci',
      namespace: 'space',
      bucket: 'theirs',
      region: 'us-ashburn-1',
      key: { tenancy: 'tenancy', privateKey: PRIVATE_KEY },
    });
    expect(place?.destination).toBe('OCI Object Store');
    expect(place?.urlOf?.('a/b')).toBe(
      'https://objectstorage.us-ashburn-1.oraclecloud.com/n/space/b/theirs/o/a%2Fb',
    );
  });

  it('is what a flag says of OCI before what a variable says', async () => {
    const flags = '--store-oci --oci-bucket mine --oci-namespace other --oci-region eu-zurich-1';
    expect(await location(flags, { ...OCI, WERCKER_OCI_BUCKETNAME: 'theirs' })).toMatchObject({
      namespace: 'other',
      bucket: 'mine',
      region: 'eu-zurich-1',
    });
    expect(await location('--store-oci', OCI)).toMatchObject({ bucket: 'wercker-development' });
  });
});

describe('a mistake about it', () => {
  it.each([
    ['--store-s3', '--store-s3: which bucket? Name it with --s3-bucket NAME'],
    ['--store-s3 --s3-bucket a/b', '--s3-bucket: expected the name of a bucket, found "a/b"'],
    [
      '--store-s3 --local-file-store x --s3-bucket ..',
      '--s3-bucket: expected the name of a folder, found ".."',
    ],
    ['--store-s3 --store-oci', '--store-oci and --store-s3 name two stores: leave one of them out'],
    [
      '--store-oci --local-file-store x',
      '--store-oci and --local-file-store name two stores: leave one of them out',
    ],
    ['--store-s3 --s3-bucket abc --aws-access-key x', '--aws-secret-key is missing: '],
    ['--store-s3 --s3-bucket abc --aws-secret-key x', '--aws-access-key is missing: '],
    ['--store-s3 --s3-bucket abc --s3-endpoint nowhere', 'without a path or credentials, found "nowhere"'],
    ['--store-s3 --s3-bucket abc --s3-endpoint ftp://x', 'without a path or credentials, found "ftp://x"'],
    [
      '--store-s3 --s3-bucket abc --s3-endpoint http://x/y',
      'without a path or credentials, found "http://x/y"',
    ],
    ['--store-s3 --s3-bucket abc --s3-timeout 0', '--s3-timeout: expected a number greater than 0'],
    ['--store-oci', '--store-oci: set WERCKER_OCI_TENANCY_OCID'],
  ])('%s: is said with its flag', async (line, sentence) => {
    expect(await mistake(line)).toContain(sentence);
  });

  it('names the variables of OCI that are missing', async () => {
    const { WERCKER_OCI_FINGERPRINT: _, ...others } = OCI;
    expect(await mistake('--store-oci', others)).toMatch(/^--store-oci: .*not WERCKER_OCI_FINGERPRINT$/);
  });

  it('repeats no password', async () => {
    for (const address of ['http://u:hunter2@x', 'u:hunter2@x']) {
      const said = await mistake(`--store-s3 --s3-bucket abc --s3-endpoint ${address}`);
      expect(said).toContain('--s3-endpoint');
      expect(said).not.toContain('hunter2');
    }
  });
});
