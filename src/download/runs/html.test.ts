import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../test/support/any-character.ts';
import { html } from './html.ts';

describe('a template', () => {
  it('escapes every value, in text and in attributes', () => {
    const value = `<img src=x onerror="alert('1')">&amp;`;
    expect(html`<a title="${value}">${value}</a>`.text).toBe(
      '<a title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;">' +
        '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</a>',
    );
  });

  it('never lets a value be markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (value) => {
        expect(html`${value}`.text).not.toMatch(/[<>"']/);
      }),
    );
  });

  it('takes markup, lists and what is not there', () => {
    const rows = ['a', '<b>'].map((text) => html`<i>${text}</i>`);
    expect(html`${rows}|${undefined}|${false}|${0}|${''}`.text).toBe('<i>a</i><i>&lt;b&gt;</i>|||0|');
  });

  it('does not take for markup what only looks like it', () => {
    const value = { text: '<b>' } as never; // what a record from outside could hold
    expect(() => html`${value}`.text).toThrow(TypeError);
  });
});
