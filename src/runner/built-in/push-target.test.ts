import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../kernel/index.ts';
import { interpolate } from '../../pipeline/index.ts';
import { credentialFields, pushTarget } from './push-target.ts';
import { readValues } from './step-values.ts';

const VARIABLES: Readonly<Record<string, string>> = {
  HOST: 'registry.test:5000',
  TAGS: 'a, b',
  USER_NAME: 'me',
  WORD: 'secret-word',
};

interface Surroundings {
  readonly token?: string;
  readonly containerRegistry?: string;
  readonly branch?: string;
  readonly commit?: string;
}

function target(given: Readonly<Record<string, string>>, around: Surroundings = {}) {
  const properties = new Map(Object.entries(given));
  const lookup = (name: string): string | undefined => VARIABLES[name];
  const notices: string[] = [];
  const { token, containerRegistry } = around;
  const context = {
    request: {
      git: { branch: around.branch ?? '', commit: around.commit ?? '' },
      stepRegistry: token === undefined ? {} : { token },
      ...(containerRegistry === undefined ? {} : { containerRegistry }),
    },
    redactor: createRedactor(),
    notice: (_: string, text: string) => void notices.push(text),
  };
  const pushed = pushTarget(context, {
    values: readValues({ properties }, lookup),
    fields: credentialFields(properties),
    signal: new AbortController().signal,
  });
  return { ...pushed, notices, masked: (text: string) => context.redactor.text(interpolate(text, lookup)) };
}

describe('the names of a pushed image', () => {
  test.each([
    [{ repository: '$HOST/Team/App' }, ['registry.test:5000/team/app:latest']],
    [
      { repository: 'app', registry: 'https://$HOST/v2/', tag: '$TAGS' },
      ['registry.test:5000/app:a', 'registry.test:5000/app:b'],
    ],
    [{ repository: '$HOST/app:1.0' }, ['registry.test:5000/app:1.0']],
    [{ repository: '$HOST/app:1.0', tag: '2.0 2.0' }, ['registry.test:5000/app:2.0']],
    [{ repository: 'team/app' }, ['team/app:latest']],
    [
      {
        repository: 'app',
        'aws-access-key': 'k',
        'aws-secret-key': 's',
        'aws-region': 'eu-west-1',
        'aws-registry-id': '123456789012',
      },
      ['123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:latest'],
    ],
    [
      {
        repository: 'app',
        'azure-client-id': 'i',
        'azure-client-secret': 's',
        'azure-login-server': 'crew.azurecr.io',
      },
      ['crew.azurecr.io/app:latest'],
    ],
  ])('come from %j', (given, references) => {
    expect(target(given).references).toEqual(references);
  });

  test('are latest and the commit in the registry that the token is for', async () => {
    const around = {
      containerRegistry: 'https://wcr.io/v2/',
      token: 't0ken',
      branch: 'fix/it',
      commit: 'c0ffee',
    };
    const { references, login } = target({ repository: 'wcr.io/crew/app' }, around);
    expect(references).toEqual(['wcr.io/crew/app:latest', 'wcr.io/crew/app:fix_it-c0ffee']);
    expect(await login()).toMatchObject({ username: 'token', password: 't0ken' });
    expect(target({ repository: 'other.test/app' }, around).references).toEqual(['other.test/app:latest']);
  });

  test.each([
    [{ repository: '$UNSET' }, 'is empty after its variables are filled in'],
    [{ repository: 'app', tag: '-x' }, 'cannot be an image'],
    [{ repository: `app@sha256:${'a'.repeat(64)}` }, 'by its digest'],
    [{ repository: 'a b' }, 'not an image’s name'],
    [{ repository: 'app', registry: 'not a host' }, '"registry" is not the address'],
  ])('cannot come from %j', (given, problem) => {
    expect(() => target(given)).toThrow(problem);
  });
});

test('a login has its variables filled in, and is secret from then on', async () => {
  const { login, masked } = target({ repository: '$HOST/app', username: '$USER_NAME', password: '$WORD' });
  expect(masked('$WORD')).toBe('secret-word');
  expect(await login()).toMatchObject({
    username: 'me',
    password: 'secret-word',
    serverAddress: 'registry.test:5000',
  });
  expect(masked('$WORD')).toBe('***');
});
