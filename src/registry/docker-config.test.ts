import { describe, expect, it } from 'vitest';
import { credentialsFor, type DockerConfig, helperFor, parseDockerConfig } from './docker-config.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

function config(value: unknown): DockerConfig {
  const read = parseDockerConfig(JSON.stringify(value));
  if (read === undefined) throw new Error('it is no configuration');
  return read;
}

describe('a docker config.json', () => {
  it.each(['', 'nonsense', 'null', '[]', '7', '{"auths": 7}', '{"auths": []}', '{"credHelpers": "x"}'])(
    'is not %j',
    (text) => expect(parseDockerConfig(text)).toBeUndefined(),
  );

  it.each([
    ['r.example', { 'r.example': { auth: encoded('crew:a:b') } }, { username: 'crew', password: 'a:b' }],
    [
      'r.example:5000',
      { 'https://r.example:5000/v1/': { username: 'crew', password: 'p' } },
      { username: 'crew', password: 'p' },
    ],
    [
      'docker.io',
      { 'https://index.docker.io/v1/': { auth: encoded('crew:p') } },
      { username: 'crew', password: 'p' },
    ],
    [
      'r.example',
      { 'r.example': { auth: encoded('<token>:'), identitytoken: 'long' } },
      { username: '<token>', password: 'long' },
    ],
    ['r.example', { 'r.example': { auth: encoded('crew') } }, undefined],
    ['r.example', { 'r.example': { auth: encoded(':p') } }, undefined],
    ['r.example', { 'r.example': 7 }, undefined],
    ['r.example', { 'r.example': {} }, undefined],
    ['r.example', { 'r.example:5000': { auth: encoded('crew:p') } }, undefined],
    ['r.example', { 'other.example': { auth: encoded('crew:p') } }, undefined],
  ])('has for %s in %j %j', (host, auths, login) => {
    expect(credentialsFor(config({ auths }), host)).toEqual(login);
  });

  it('names the program that has a login', () => {
    const read = config({ credHelpers: { 'a.example': 'ecr', 'b.example': '' }, credsStore: 'desktop' });
    expect(helperFor(read, 'a.example')).toBe('ecr');
    expect(helperFor(read, 'b.example')).toBeUndefined();
    expect(helperFor(read, 'c.example')).toBe('desktop');
    expect(helperFor(config({}), 'c.example')).toBeUndefined();
  });
});
