import { describe, expect, it } from 'vitest';
import type { CredentialFields } from './credential-fields.ts';
import { resolveImage } from './resolve-image.ts';

const VARIABLES: Readonly<Record<string, string>> = {
  $HOST: 'registry.example',
  $REGION: 'eu-west-1',
  $EMPTY: '',
};
const expand = (text: string): string => text.replaceAll(/\$[A-Z]+/g, (name) => VARIABLES[name] ?? '');

const AWS: CredentialFields = { aws: { region: '$REGION', registryId: '123456789012' } };
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const AZURE: CredentialFields = { azure: { loginServer: 'https://Name.azurecr.io/' } };

function resolve(written: string, fields: CredentialFields = {}): { image: string; notices: string[] } {
  const notices: string[] = [];
  const image = resolveImage(written, fields, { expand, onNotice: (notice) => notices.push(notice) });
  return { image, notices };
}

describe('resolveImage', () => {
  it.each([
    ['bb:1', 'bb:1'],
    ['team/app:latest', 'team/app:latest'],
    ['Team/App:RC1', 'team/app:RC1'],
    ['localhost/bb:1', 'localhost/bb:1'],
    ['localhost:5000/x:1', 'localhost:5000/x:1'],
    ['docker.io/bb:1', 'docker.io/library/bb:1'],
    [`bb@sha256:${'0'.repeat(64)}`, `bb@sha256:${'0'.repeat(64)}`],
  ])('gives %s as %s', (written, image) => {
    expect(resolve(written)).toEqual({ image, notices: [] });
  });

  it.each([
    ['https://registry.example', 'registry.example/app:1'],
    ['https://registry.example/v2/', 'registry.example/app:1'],
    ['https://registry.example/v1', 'registry.example/app:1'],
    ['registry.example:5000', 'registry.example:5000/app:1'],
    [' HTTPS://Registry.Example/ ', 'registry.example/app:1'],
    ['$HOST/v2', 'registry.example/app:1'],
    ['localhost', 'localhost/app:1'],
    ['https://index.docker.io/v1/', 'app:1'],
    ['$EMPTY', 'app:1'],
  ])('puts the host of the registry %j before a name without one', (registry, image) => {
    expect(resolve('app:1', { registry })).toEqual({ image, notices: [] });
  });

  it('says that a registry is asked over https whatever is written', () => {
    const { image, notices } = resolve('app:1', { registry: 'http://registry.example/v1/' });
    expect(image).toBe('registry.example/app:1');
    expect(notices).toEqual([expect.stringMatching(/over https: "http:\/\/"/)]);
  });

  it('says that a registry’s path is left out', () => {
    const { image, notices } = resolve('app:1', { registry: 'https://registry.example/team/' });
    expect(image).toBe('registry.example/app:1');
    expect(notices).toEqual([expect.stringContaining('its path')]);
  });

  describe('when the image names its registry itself', () => {
    it.each(['https://other.example/v2', 'nonsense', 'https://user:pw@other.example'])(
      'keeps it, and says that the registry %s is not used',
      (registry) => {
        const { image, notices } = resolve('registry.example/app:1', { registry });
        expect(image).toBe('registry.example/app:1');
        expect(notices).toEqual([expect.stringContaining('is not used')]);
        expect(notices.join()).not.toContain('pw');
      },
    );

    it('says nothing where both are the same', () => {
      const fields = { registry: 'https://REGISTRY.example/v2/' };
      expect(resolve('registry.example/app:1', fields).notices).toEqual([]);
    });

    it.each([AWS, AZURE])('refuses values that belong to another one: %j', (fields) => {
      expect(() => resolve('registry.example/app:1', fields)).toThrow(
        expect.objectContaining({ code: 'REGISTRY_CONFLICT' }),
      );
    });

    it('takes values that belong to it', () => {
      expect(resolve(`${ECR}/app:1`, AWS)).toEqual({ image: `${ECR}/app:1`, notices: [] });
    });
  });

  it('names AWS’s registry', () => {
    expect(resolve('team/app:1', AWS).image).toBe(`${ECR}/team/app:1`);
  });

  it('names AWS’s registry in China, which has a domain of its own', () => {
    const aws = { region: 'cn-north-1', registryId: '123456789012' };
    expect(resolve('app:1', { aws }).image).toBe('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1');
  });

  it('names Azure’s registry', () => {
    expect(resolve('app:1', AZURE).image).toBe('name.azurecr.io/app:1');
  });

  it('takes AWS values that are all empty for none', () => {
    expect(resolve('app:1', { aws: { region: '$EMPTY', registryId: '$UNSET' } }).image).toBe('app:1');
  });

  it.each<[string, string, CredentialFields]>([
    ['NO_REPOSITORY', '', {}],
    ['NO_REPOSITORY', ':latest', {}],
    ['INVALID_IMAGE', 'my app:1', {}],
    ['INVALID_IMAGE', 'https://registry.example/app', {}],
    ['INVALID_IMAGE', '../../etc/passwd:latest', {}],
    ['INVALID_REGISTRY', 'app:1', { registry: 'nonsense' }],
    ['INVALID_REGISTRY', 'app:1', { registry: 'https://' }],
    ['INVALID_REGISTRY', 'app:1', { registry: 'https://user:pw@registry.example/' }],
    ['INVALID_REGISTRY', 'app:1', { registry: 'registry.example:99999' }],
    ['INVALID_REGISTRY', 'app:1', { azure: { loginServer: 'a b' } }],
    ['INVALID_CREDENTIALS', 'app:1', { aws: { region: 'x.evil/', registryId: '123456789012' } }],
    ['INVALID_CREDENTIALS', 'app:1', { aws: { region: 'eu-west-1', registryId: 'evil/' } }],
    ['INCOMPLETE_CREDENTIALS', 'app:1', { aws: { region: 'eu-west-1', registryId: '$EMPTY' } }],
  ])('fails with %s for %j and %j', (code, written, fields) => {
    expect(() => resolve(written, fields)).toThrow(expect.objectContaining({ name: 'RegistryError', code }));
    expect(() => resolve(written, fields)).not.toThrow(/pw/);
  });

  it('shows where a name is wrong, as it was written', () => {
    expect(() => resolve('Team/my app:1')).toThrow(
      '"Team/my app:1" is not an image’s name: it has a space in it (character 8)',
    );
  });

  it('shows only the beginning of a very long name', () => {
    expect(() => resolve(`${'x'.repeat(5000)}:1`)).toThrow(/^.{1,220}$/);
  });
});
