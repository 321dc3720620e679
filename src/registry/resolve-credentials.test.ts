import { describe, expect, it } from 'vitest';
import type { CredentialFields } from './credential-fields.ts';
import { type ResolveCredentialsOptions, resolveCredentials } from './resolve-credentials.ts';
import { startFakeEcr } from './testing/fake-ecr.ts';

const VARIABLES: Readonly<Record<string, string>> = { $NAME: 'someone', $WORD: 'pass:$word' };

const OPTIONS: ResolveCredentialsOptions = {
  image: 'registry.example:5000/app:1',
  expand: (text) => text.replaceAll(/\$[A-Z]+/g, (name) => VARIABLES[name] ?? ''),
  signal: new AbortController().signal,
  environment: {},
  fetch: () => Promise.reject(new Error('nobody is to be asked')),
};

const AWS = {
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'aws-secret',
  region: 'eu-west-1',
  registryId: '123456789012',
};
const AZURE = { clientId: 'client', clientSecret: 'azure-secret', loginServer: 'name.azurecr.io' };

function resolve(fields: CredentialFields, over: Partial<ResolveCredentialsOptions> = {}) {
  return resolveCredentials(fields, { ...OPTIONS, ...over });
}

describe('resolveCredentials', () => {
  it.each<CredentialFields>([
    {},
    { registry: 'r.example' },
    { username: '', password: '$UNSET' },
    { aws: {}, azure: {} },
  ])('gives none for %j', async (fields) => {
    expect(await resolve(fields)).toBeUndefined();
  });

  it('fills in user name and password, for the image’s registry', async () => {
    expect(await resolve({ username: '$NAME', password: '$WORD' })).toEqual({
      username: 'someone',
      password: 'pass:$word',
      serverAddress: 'registry.example:5000',
      secrets: ['pass:$word'],
    });
  });

  it('calls Docker Hub what engines call it', async () => {
    const login = await resolve({ username: 'a', password: 'b' }, { image: 'team/app:1' });
    expect(login?.serverAddress).toBe('https://index.docker.io/v1/');
  });

  it.each(['registry.example:5000', 'https://registry.example:5000/v2/', 'HTTP://Registry.Example:5000'])(
    'gives the token for the registry %s whatever is written',
    async (address) => {
      const tokenRegistry = { address, token: 't0ken' };
      expect(await resolve({ username: '$NAME', password: '$WORD' }, { tokenRegistry })).toMatchObject({
        username: 'token',
        password: 't0ken',
        secrets: ['t0ken'],
      });
      expect(await resolve({}, { tokenRegistry, image: 'other.example/app' })).toBeUndefined();
    },
  );

  it('repairs the line ends in a key of Google’s, and keeps both forms secret', async () => {
    const written = String.raw`{"private_key":"-----BEGIN\\nabc\\n"}`;
    const repaired = String.raw`{"private_key":"-----BEGIN\nabc\n"}`;
    expect(await resolve({ username: '_json_key', password: written })).toMatchObject({
      password: repaired,
      secrets: [repaired, written],
    });
    expect(await resolve({ username: 'other', password: written })).toMatchObject({ password: written });
  });

  it('takes Azure’s client for the login, before user name and password', async () => {
    expect(await resolve({ username: 'a', password: 'b', azure: AZURE })).toMatchObject({
      username: 'client',
      password: 'azure-secret',
      secrets: ['azure-secret'],
    });
  });

  it('asks ECR with the AWS values, before all others', async () => {
    await using ecr = await startFakeEcr({ ...AWS, password: 'ecr-password' });
    const over = { environment: { AWS_ENDPOINT_URL_ECR: ecr.url }, fetch: globalThis.fetch };
    expect(await resolve({ username: 'a', password: 'b', aws: AWS, azure: AZURE }, over)).toEqual({
      username: 'AWS',
      password: 'ecr-password',
      serverAddress: 'registry.example:5000',
      secrets: ['ecr-password', 'aws-secret'],
    });
  });

  it.each<[CredentialFields, string[]]>([
    [{ username: 'a' }, ['"password" is not given']],
    [{ password: 'the-secret' }, ['"username" is not given']],
    [{ username: 'a', password: '$UNSET' }, ['"password" is empty after its variables are filled in']],
    [{ aws: { secretKey: 'the-secret', region: 'eu-west-1' } }, ['"aws-access-key"', '"aws-registry-id"']],
    [{ aws: { ...AWS, secretKey: '$UNSET' } }, ['"aws-secret-key" is empty']],
    [{ azure: { clientSecret: 'the-secret' } }, ['"azure-client-id"', '"azure-login-server"']],
  ])('names what is missing from %j', async (fields, missing) => {
    const error = await resolve(fields).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'RegistryError', code: 'INCOMPLETE_CREDENTIALS' });
    for (const part of missing) expect(String(error)).toContain(part);
    expect(String(error)).not.toContain('the-secret');
  });
});
