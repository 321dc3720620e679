import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuMsOf } from '../../test/support/cpu-time.ts';
import { familiarName, formatImageName, type ImageName, parseImageName } from './image-name.ts';

const HEX = 'a'.repeat(64);

function parsed(text: string): ImageName {
  const result = parseImageName(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.reason}`);
  return result.value;
}

describe('parseImageName', () => {
  it.each([
    ['redis', { registry: 'docker.io', path: 'library/redis' }],
    ['redis:7', { registry: 'docker.io', path: 'library/redis', tag: '7' }],
    ['docker.io/redis', { registry: 'docker.io', path: 'library/redis' }],
    ['index.docker.io/library/redis', { registry: 'docker.io', path: 'library/redis' }],
    ['team/app', { registry: 'docker.io', path: 'team/app' }],
    ['localhost:5000', { registry: 'docker.io', path: 'library/localhost', tag: '5000' }],
    ['localhost:5000/x:1', { registry: 'localhost:5000', path: 'x', tag: '1' }],
    ['localhost/bb:1', { registry: 'localhost', path: 'bb', tag: '1' }],
    ['Registry.Example/a/b/c', { registry: 'registry.example', path: 'a/b/c' }],
    ['[::1]:5000/x', { registry: '[::1]:5000', path: 'x' }],
    ['a__b/c--d.e_f:A.b-C_', { registry: 'docker.io', path: 'a__b/c--d.e_f', tag: 'A.b-C_' }],
    [`x:1@sha256:${HEX}`, { registry: 'docker.io', path: 'library/x', tag: '1', digest: `sha256:${HEX}` }],
    [`sha256:${HEX}`, { registry: 'docker.io', path: 'library/sha256', tag: HEX }],
  ])('reads %s', (text, name) => {
    expect(parsed(text)).toStrictEqual(name);
  });

  it.each([
    ['it is empty', 0, ''],
    ['there is no repository', 0, ':latest'],
    ['there is no repository', 15, 'localhost:5000/'],
    ['without "://"', 0, 'https://registry.example/x'],
    ['a space', 2, 'my app'],
    ['U+000A', 3, 'app\n'],
    ['U+001B', 3, 'app\u001b[31m'],
    ['between the slashes is empty', 0, '/app'],
    ['between the slashes is empty', 2, 'a//b'],
    ['upper-case', 5, 'team/Web'],
    ['upper-case', 4, 'teamWeb/x'],
    ['not a part of a repository', 0, '-app'],
    ['not a part of a repository', 2, 'a/b..c'],
    ['not a part of a repository', 0, 'a___b'],
    ['not a host name', 0, '../etc'],
    ['"x" is not a port', 4, 'a.b:x/c'],
    ['not a port', 4, 'a.b:0/c'],
    ['not a port', 4, 'a.b:65536/c'],
    ['not a port', 4, 'a.b:80:c/d'],
    ['not a host name', 0, '-a.b/c'],
    ['not a host name', 0, '[::1/c'],
    ['no tag', 4, 'app:'],
    ['not a tag', 4, 'app:.x'],
    ['not a tag', 4, 'app:1:2'],
    ['longer than 128', 132, `app:${'x'.repeat(129)}`],
    ['longer than 255', 0, 'x'.repeat(256)],
    ['longer than 255', 0, 'x'.repeat(248)],
    ['longer than 1024', 1024, 'x'.repeat(5000)],
    ['too long', 0, `${'x'.repeat(300)}.y/a`],
    ['not a digest', 4, 'app@'],
    ['needs 64', 11, 'app@sha256:abc'],
    ['needs 64', 11, `app@sha256:${HEX.toUpperCase()}`],
    ['not a digest', 4, `app@md5:${HEX}`],
    ['more than one "@"', 75, `app@sha256:${HEX}@sha256:${HEX}`],
    ['an image’s id', 0, HEX],
  ])('refuses a name and says “%s”, at %i', (reason, position, text) => {
    const result = parseImageName(text);
    expect(result).toMatchObject({ ok: false, error: { reason: expect.stringContaining(reason), position } });
  });

  it('answers within the text for anything', () => {
    const grams = fc.constantFrom(
      'a',
      'A',
      '.',
      '_',
      '-',
      '/',
      ':',
      '@',
      '[',
      ']',
      ' ',
      '$',
      'é',
      'sha256',
      '5',
    );
    fc.assert(
      fc.property(fc.array(grams, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const result = parseImageName(text);
        if (result.ok) expect(parseImageName(formatImageName(result.value))).toStrictEqual(result);
        else expect(result.error.position).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('points at the end of a digest that has no colon', () => {
    const result = parseImageName('a@sha256');
    expect(result.ok ? undefined : result.error.position).toBe('a@sha256'.length);
  });

  it('takes no more time for a name made to be slow', () => {
    const spentMs = cpuMsOf(() => {
      for (const unit of ['a_', 'a-', '_', '-', 'a.', '[', ':']) {
        parseImageName(unit.repeat(500).slice(0, 1000));
        parseImageName(`a.b/${unit.repeat(500).slice(0, 900)}!`);
      }
    });
    expect(spentMs).toBeLessThan(500);
  });
});

const part = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,6}){0,2}$/);
const host = fc.oneof(
  fc.constant('docker.io'),
  fc.constant('localhost'),
  fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,5}(:[1-9][0-9]{0,3})?$/),
);
const written = fc.record({
  host,
  parts: fc.array(part, { minLength: 1, maxLength: 4 }),
  tag: fc.option(fc.stringMatching(/^[\w][\w.-]{0,12}$/), { nil: undefined }),
  digest: fc.option(fc.stringMatching(/^[0-9a-f]{64}$/), { nil: undefined }),
});
const names = written.map(({ host, parts, tag, digest }) =>
  parsed(`${host}/${parts.join('/')}${tag ? `:${tag}` : ''}${digest ? `@sha256:${digest}` : ''}`),
);

describe('formatImageName and familiarName', () => {
  it('give back the same name when read again', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(parsed(formatImageName(name))).toStrictEqual(name);
        expect(parsed(familiarName(name))).toStrictEqual(name);
      }),
    );
  });

  it.each([
    ['docker.io/library/redis:7', 'redis:7'],
    ['docker.io/team/app', 'team/app'],
    ['registry.example/library/redis', 'registry.example/library/redis'],
    ['localhost/bb:1', 'localhost/bb:1'],
    ['docker.io/my.team/app', 'docker.io/my.team/app'],
    ['docker.io/localhost/app', 'docker.io/localhost/app'],
    ['docker.io/library/a/b', 'library/a/b'],
    [`docker.io/library/${HEX}`, `library/${HEX}`],
  ])('shortens %s to %s', (full, short) => {
    expect(familiarName(parsed(full))).toBe(short);
  });
});
