import { describe, expect, it } from 'vitest';
import { type BuildForm, base64, EMPTY_BUILD, fieldOfRefusal, kindOfFile, orderOf } from './build-form.ts';

const order = (fields: Partial<BuildForm>) => orderOf({ ...EMPTY_BUILD, ...fields });
const WHOLE = { source: ' node:20 ', user: 'Alice', tag: 'extended' };

describe('the form of an image', () => {
  it('becomes what the builder takes', () => {
    expect(order({ ...WHOLE, text: '{"ä": 1}', force: true }).order).toEqual({
      type: 'start',
      body: {
        source: 'node:20',
        target: 'alice:extended',
        kind: 'nodejs',
        file: 'eyLDpCI6IDF9',
        force: true,
      },
    });
    expect(order(WHOLE).order).toEqual({
      type: 'start',
      body: { source: 'node:20', target: 'alice:extended', kind: 'nodejs' },
    });
    expect(order({ builder: 'nodejs:20', user: 'alice', text: '{}' }).order).toEqual({
      type: 'ensure',
      body: { builder: 'nodejs:20', user: 'alice', file: 'e30=' },
    });
  });

  it.each([
    [{ ...WHOLE, source: '' }, 'source'],
    [{ ...WHOLE, source: 'a b' }, 'source'],
    [{ ...WHOLE, user: 'a/b' }, 'user'],
    [{ ...WHOLE, tag: '' }, 'tag'],
    [{ ...WHOLE, tag: '-x' }, 'tag'],
    [{ ...WHOLE, text: 'x'.repeat(5_000_001) }, 'text'],
    [{ builder: 'nodejs:20', user: 'alice' }, 'text'],
  ])('says where something has to be mended', (fields, field) => {
    const { order: made, problems } = order(fields);
    expect(made).toBeUndefined();
    expect([...problems.keys()]).toEqual([field]);
  });

  it('takes files of any length', () => {
    const text = 'é'.repeat(200_000);
    const bytes = Uint8Array.from(atob(base64(text)), (character) => character.charCodeAt(0));
    expect(new TextDecoder().decode(bytes)).toBe(text);
  });

  it('knows a kind by the name of its file', () => {
    expect(['package.json', 'GEMFILE', 'x'].map(kindOfFile)).toEqual(['nodejs', 'ruby', undefined]);
  });

  it.each([
    ['Invalid source for the build.', 'source: "x" is none', 'source'],
    ['Invalid target for the build.', 'target: before the colon: expected', 'user'],
    ['Invalid target for the build.', 'target: after the colon: expected', 'tag'],
    ['Invalid requirements file for the build.', 'package.json:1:2: expected', 'text'],
    ['Decoded requirements file too large (max 5MB)', undefined, 'text'],
    ['Build process failed.', undefined, undefined],
  ])('shows a refusal at its field: %s', (message, detail, field) => {
    expect(fieldOfRefusal(message, detail)).toBe(field);
  });
});
