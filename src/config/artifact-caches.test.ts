import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { configurationSchema } from './configuration-schema.ts';
import { ConfigurationError } from './error.ts';
import { parseFile } from './parse-file.ts';

const parse = (text: string): Record<string, unknown> => {
  const values = parseFile('config.yaml', text, { folder: '/etc/slipway', home: '/home/me', resolve });
  return Object.fromEntries(Array.from(values, ([path, { value }]) => [path, value]));
};

function mistakesOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
  return '';
}

describe('the artifact caches in the configuration', () => {
  it('have the keys that they have in the files of BuildStream', () => {
    expect(
      parse('artifacts:\n  pull-url: https://a.example\n  push-url: a@a.example:x\n  push-port: 2222\n'),
    ).toEqual({
      'artifacts.pull-url': 'https://a.example',
      'artifacts.push-url': 'a@a.example:x',
      'artifacts.push-port': 2222,
    });
    expect(parse('artifacts: {url: "ssh://a@h/x", push: false}')).toEqual({
      'artifacts.url': 'ssh://a@h/x',
      'artifacts.push': false,
    });
  });

  it('are a list in the place of the section, or the field of that name', () => {
    const caches = [{ url: 'https://a' }, { url: 'ssh://a@h/x', push: true }];
    const list = '\n- url: https://a\n- {url: "ssh://a@h/x", push: true}\n';
    expect(parse(`artifacts:${list}`)).toEqual({ 'artifacts.caches': caches });
    expect(parse(`artifacts:\n  caches:${list.replaceAll('\n-', '\n  -')}`)).toEqual({
      'artifacts.caches': caches,
    });
  });

  it.each([
    'artifacts: [text]',
    'artifacts: [{push: true}]',
    'artifacts: [{url: "https://a", type: index}]',
    'artifacts: [{url: "https://a", push: maybe}]',
    'artifacts: [{url: "https://me:pw-9@a"}]',
  ])('are refused where they are like %s', (text) => {
    const message = mistakesOf(text);
    expect(message).toMatch(
      /config\.yaml:1:12: error: artifacts\.caches: expected a list of \{url: ADDRESS\}/,
    );
  });

  it('have keys that are near guessed, and no password', () => {
    expect(mistakesOf('artifacts: {pullurl: "https://a"}')).toMatch(/did you mean "pull-url"/);
    for (const address of ['https://me:pw-9@a', 'me:pw-9@host:path', 'ssh://me:pw-9@h/x']) {
      expect(mistakesOf(`artifacts: {pull-url: "${address}"}`)).not.toContain('pw-9');
      expect(mistakesOf(`artifacts: {pull-url: "${address}"}`)).toMatch(
        /expected an address without a password/,
      );
    }
    expect(mistakesOf('store: {endpoint: "https://me:pw-9@a"}')).not.toContain('pw-9');
  });

  it('may be a list for no other section', () => {
    expect(mistakesOf('retention: [1]')).toMatch(/expected a map of keys/);
  });

  it('are understood by editors in both forms', () => {
    const isConfig = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(
      configurationSchema(),
    );
    expect(isConfig({ artifacts: [{ url: 'https://a', push: true }] })).toBe(true);
    expect(isConfig({ artifacts: { 'pull-url': 'https://a' } })).toBe(true);
    expect(isConfig({ artifacts: [{ pull: 'https://a' }] })).toBe(false);
    expect(isConfig({ artifacts: { pullUrl: 'https://a' } })).toBe(false);
  });
});
