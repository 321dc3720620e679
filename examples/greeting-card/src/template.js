// A small templating language: {{name}} is a value, {{#names}}…{{/names}} repeats for each of a list, and {{.}} is the one at hand.

const TAG = /\{\{([#/]?)([\w.]+)\}\}\n?/g;

/** The parts of a template: texts, values and lists. Throws where a list is not closed, or closed without having been opened. */
export function compile(template) {
  const open = [{ name: undefined, parts: [] }];
  let end = 0;
  for (const { 0: tag, 1: sign, 2: name, index } of template.matchAll(TAG)) {
    const { parts } = open.at(-1);
    parts.push({ text: template.slice(end, index) });
    end = index + tag.length;
    if (sign === '') {
      parts.push({ value: name });
      if (tag.endsWith('\n')) end -= 1;
    } else if (sign === '#') {
      const list = { name, parts: [] };
      parts.push({ list: name, parts: list.parts });
      open.push(list);
    } else if (open.pop().name !== name) {
      throw new Error(`{{/${name}}} closes a list that is not open`);
    }
  }
  if (open.length > 1) throw new Error(`{{#${open.at(-1).name}}} is never closed`);
  open[0].parts.push({ text: template.slice(end) });
  return open[0].parts;
}

/** Fills in a compiled template. Values are escaped for HTML; a name that the data does not have is an error. */
export function render(parts, data) {
  return parts
    .map((part) => {
      if ('text' in part) return part.text;
      if ('value' in part) return escapeHtml(String(lookUp(data, part.value)));
      return lookUp(data, part.list)
        .map((item) => render(part.parts, { ...data, '.': item }))
        .join('');
    })
    .join('');
}

function lookUp(data, name) {
  if (!Object.hasOwn(data, name))
    throw new Error(`The template asks for "${name}", which the data does not have`);
  return data[name];
}

function escapeHtml(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}
