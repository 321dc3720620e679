/** Text that is markup already. Only `html` makes it. */
class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type { Markup };

/** What may stand in a template: text is escaped, markup is not, and nothing stands for `undefined` and `false`. */
export type HtmlValue = string | number | Markup | undefined | false | readonly HtmlValue[];

const SIGNS: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return String(value).replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? '');
}

/** A template of HTML whose values cannot become markup, in text and in quoted attributes. */
export const html = (texts: TemplateStringsArray, ...values: readonly HtmlValue[]): Markup =>
  new Markup(texts.map((text, index) => (index === 0 ? '' : render(values[index - 1])) + text).join(''));
