/** An element with text, or with others in it; what is `undefined` is left out. */
export type XmlContent = string | number | boolean | readonly XmlElement[];
export type XmlElement = readonly [name: string, content: XmlContent | undefined];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document as S3 answers with. */
export function xmlDocument(name: string, elements: readonly XmlElement[]): string {
  const isError = name === 'Error';
  const open = isError ? `<${name}>` : `<${name} xmlns="${NAMESPACE}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}${elements.map(xmlElement).join('')}</${name}>`;
}

function xmlElement([name, content]: XmlElement): string {
  if (content === undefined) return '';
  const inner = typeof content === 'object' ? content.map(xmlElement).join('') : escaped(String(content));
  return `<${name}>${inner}</${name}>`;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`);

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescaped = (text: string): string =>
  text.replace(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, word?: string) => {
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return ENTITIES[word ?? ''] ?? whole;
    },
  );

/** The contents of all elements of a name, still as XML; they do not nest in what S3 is sent. */
export const elementsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, inner = '']) => inner);

/** The text of the first element of a name. */
export function textOf(xml: string, name: string): string | undefined {
  const [inner] = elementsOf(xml, name);
  return inner === undefined ? undefined : unescaped(inner.trim());
}
