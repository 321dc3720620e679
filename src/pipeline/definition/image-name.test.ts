import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseImageName } from './image-name.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageName', () => {
  test.each([
    ['ruby', { repository: 'ruby' }],
    ['ruby:2.4', { repository: 'ruby', tag: '2.4' }],
    ['team/app:v1', { repository: 'team/app', tag: 'v1' }],
    ['localhost:5000/team/app', { repository: 'localhost:5000/team/app' }],
    ['localhost:5000/team/app:1', { repository: 'localhost:5000/team/app', tag: '1' }],
    [`ruby@${DIGEST}`, { repository: 'ruby', digest: DIGEST }],
    [`host:1/ruby:2@${DIGEST}`, { repository: 'host:1/ruby', tag: '2', digest: DIGEST }],
    ['$IMAGE', { repository: '$IMAGE' }],
    ['${REGISTRY}/app:$TAG', { repository: '${REGISTRY}/app', tag: '$TAG' }],
    ['app@$DIGEST', { repository: 'app', digest: '$DIGEST' }],
  ])('reads %s', (text, image) => {
    expect(parseImageName(text)).toEqual({ ok: true, value: { image } });
  });

  test('leaves out what stands after a second colon, as the original does', () => {
    expect(parseImageName('ruby:2.4:slim')).toEqual({
      ok: true,
      value: { image: { repository: 'ruby', tag: '2.4' }, ignored: 'slim' },
    });
  });

  test.each([
    ['', 'the image has no name'],
    [':latest', 'the image has no name'],
    ['ruby 2.4', 'no spaces'],
    ['ruby:', 'a tag has only'],
    ['ruby:-x', 'a tag has only'],
    [`ruby:${'x'.repeat(129)}`, 'a tag has only'],
    ['ruby@latest', 'takes a digest'],
    ['ruby@sha256:beef', 'takes a digest'],
    [`ruby@${DIGEST}@${DIGEST}`, 'takes a digest'],
    ['user@host', 'takes a digest'],
  ])('says what is wrong with %j', (text, error) => {
    expect(parseImageName(text)).toEqual({ ok: false, error: expect.stringContaining(error) });
  });

  test('gives back the parts that a name was put together from', () => {
    const part = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
    const host = fc.tuple(part, fc.option(fc.nat(65_535)));
    fc.assert(
      fc.property(fc.option(host), fc.array(part, { minLength: 1 }), fc.option(part), (where, path, tag) => {
        const hostPart = where === null ? [] : [where[1] === null ? where[0] : `${where[0]}:${where[1]}`];
        const repository = [...hostPart, ...path].join('/');
        fc.pre(tag === null || tag.length <= 128);
        expect(parseImageName(tag === null ? repository : `${repository}:${tag}`)).toEqual({
          ok: true,
          value: { image: { repository, ...(tag !== null && { tag }) } },
        });
      }),
    );
  });
});
