import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createOciKey } from '../testing/oci-server.ts';
import { OciEnvironmentError, readOciEnvironment } from './read-oci-environment.ts';

const { privateKey } = createOciKey();
const encrypted = createOciKey('open sesame').privateKey;

const GOOD = {
  WERCKER_OCI_TENANCY_OCID: 'ocid1.tenancy.oc1..t',
  WERCKER_OCI_USER_OCID: 'ocid1.user.oc1..u',
  WERCKER_OCI_REGION: 'us-ashburn-1',
  WERCKER_OCI_FINGERPRINT: 'aa:bb',
  WERCKER_OCI_PRIVATE_KEY: privateKey,
  WERCKER_OCI_NAMESPACE: 'space',
  WERCKER_OCI_BUCKETNAME: 'bucket',
};

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function keyFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-oci-'));
  folders.push(folder);
  await writeFile(join(folder, 'key.pem'), text);
  return join(folder, 'key.pem');
}

async function refusal(environment: NodeJS.ProcessEnv): Promise<string> {
  const error = await readOciEnvironment(environment).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OciEnvironmentError);
  return (error as Error).message; // just seen
}

describe('the environment of OCI', () => {
  it('is a place and a key', async () => {
    expect(await readOciEnvironment(GOOD)).toEqual({
      type: 'oci',
      namespace: 'space',
      bucket: 'bucket',
      region: 'us-ashburn-1',
      key: {
        tenancy: 'ocid1.tenancy.oc1..t',
        user: 'ocid1.user.oc1..u',
        fingerprint: 'aa:bb',
        privateKey,
      },
    });
  });

  it('is nothing without a tenancy, whatever else is set', async () => {
    expect(await readOciEnvironment({ ...GOOD, WERCKER_OCI_TENANCY_OCID: '' })).toBeUndefined();
    expect(await readOciEnvironment({})).toBeUndefined();
  });

  it('names all that is missing at once', async () => {
    expect(await refusal({ WERCKER_OCI_TENANCY_OCID: 't', WERCKER_OCI_USER_OCID: '' })).toBe(
      'OCI Object Storage cannot be used: WERCKER_OCI_TENANCY_OCID is set, but not WERCKER_OCI_USER_OCID, ' +
        'WERCKER_OCI_REGION, WERCKER_OCI_FINGERPRINT, WERCKER_OCI_PRIVATE_KEY or WERCKER_OCI_PRIVATE_KEY_PATH, ' +
        'WERCKER_OCI_NAMESPACE, WERCKER_OCI_BUCKETNAME',
    );
  });

  it('gives way to the namespace and the bucket of a command line', async () => {
    const { WERCKER_OCI_NAMESPACE: _, ...others } = GOOD;
    const location = await readOciEnvironment(others, { namespace: 'mine', bucket: 'other' });
    expect(location).toMatchObject({ namespace: 'mine', bucket: 'other' });
  });

  it('has its key in a file where the text is empty', async () => {
    const path = await keyFile(privateKey);
    const environment = { ...GOOD, WERCKER_OCI_PRIVATE_KEY: '', WERCKER_OCI_PRIVATE_KEY_PATH: path };
    expect(await readOciEnvironment(environment)).toMatchObject({ key: { privateKey } });
  });

  it('names the variable and the path of a key that cannot be read', async () => {
    const message = await refusal({
      ...GOOD,
      WERCKER_OCI_PRIVATE_KEY: '',
      WERCKER_OCI_PRIVATE_KEY_PATH: '/no/where/key.pem',
    });
    expect(message).toBe(
      'WERCKER_OCI_PRIVATE_KEY_PATH names "/no/where/key.pem", which cannot be read (ENOENT)',
    );
  });

  it('opens an encrypted key with its passphrase only', async () => {
    const environment = { ...GOOD, WERCKER_OCI_PRIVATE_KEY: encrypted };
    const good = { ...environment, WERCKER_OCI_PRIVATE_KEY_PASSPHRASE: 'open sesame' };
    expect(await readOciEnvironment(good)).toMatchObject({ key: { passphrase: 'open sesame' } });
    expect(await refusal(environment)).toBe(
      'The private key of WERCKER_OCI_PRIVATE_KEY is encrypted: set WERCKER_OCI_PRIVATE_KEY_PASSPHRASE',
    );
    const wrong = { ...environment, WERCKER_OCI_PRIVATE_KEY_PASSPHRASE: 'guessed-it' };
    expect(await refusal(wrong)).toBe(
      'The private key of WERCKER_OCI_PRIVATE_KEY does not open with WERCKER_OCI_PRIVATE_KEY_PASSPHRASE',
    );
  });

  it('does not mind a passphrase that an open key does not need', async () => {
    const environment = { ...GOOD, WERCKER_OCI_PRIVATE_KEY_PASSPHRASE: 'needless' };
    expect(await readOciEnvironment(environment)).toMatchObject({ region: 'us-ashburn-1' });
  });

  it('refuses what is no RSA key, and does not show it', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pem = String(ec.export({ type: 'pkcs8', format: 'pem' }));
    expect(await refusal({ ...GOOD, WERCKER_OCI_PRIVATE_KEY: pem })).toBe(
      'The private key of WERCKER_OCI_PRIVATE_KEY is no RSA key: found ec',
    );
    expect(await refusal({ ...GOOD, WERCKER_OCI_PRIVATE_KEY: 'my secret' })).toBe(
      'WERCKER_OCI_PRIVATE_KEY holds no private key: expected PEM text',
    );
    const path = await keyFile('my secret');
    const file = { ...GOOD, WERCKER_OCI_PRIVATE_KEY: '', WERCKER_OCI_PRIVATE_KEY_PATH: path };
    expect(await refusal(file)).toBe(
      `WERCKER_OCI_PRIVATE_KEY_PATH=${path} holds no private key: expected PEM text`,
    );
  });

  it.each(['us-ashburn-1.evil.example/', 'evil.example#', 'UPPER', '-a', 'a b', 'a@b', 'x'.repeat(64)])(
    'takes %j for no region, since it would be a part of a host name',
    async (region) => {
      expect(await refusal({ ...GOOD, WERCKER_OCI_REGION: region })).toContain(
        'WERCKER_OCI_REGION is no name of a region',
      );
    },
  );

  it('takes another origin for private regions, and nothing but an origin', async () => {
    const environment = { ...GOOD, SLIPWAY_OCI_ENDPOINT: 'https://objects.example.com:8443/' };
    expect(await readOciEnvironment(environment)).toMatchObject({
      endpoint: 'https://objects.example.com:8443',
    });
    for (const wrong of [
      'objects.example.com',
      'ftp://x',
      'https://user:secret@x',
      'https://x/path',
      'https://x?q=1',
    ]) {
      const message = await refusal({ ...GOOD, SLIPWAY_OCI_ENDPOINT: wrong });
      expect(message).toContain('SLIPWAY_OCI_ENDPOINT is no origin');
      expect(message).not.toContain('secret');
    }
  });
});
