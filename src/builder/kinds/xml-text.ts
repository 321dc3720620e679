/** An element of an XML text. */
export interface XmlElement {
  readonly name: string;
  /** As they are written. */
  readonly attributes: string;
  /** Elements, and between them text that is not blank, without blanks around it. */
  readonly children: readonly (XmlElement | string)[];
}

/** Why a text is no XML that this reads. */
export class XmlMistake extends Error {
  override readonly name = 'XmlMistake';
  readonly offset: number;
  readonly length: number;

  constructor(message: string, offset: number, length = 1) {
    super(message);
    this.offset = offset;
    this.length = length;
  }
}

interface Open {
  readonly name: string;
  readonly attributes: string;
  readonly children: (XmlElement | string)[];
  readonly offset: number;
}

// What is between these is no tag, whatever it looks like.
const ASIDES = [
  { begin: '<!--', end: '-->' },
  { begin: '<?', end: '?>' },
  { begin: '<![CDATA[', end: ']]>' },
] as const;

const END_TAG = /<\/([^\s<>/]+)\s*>/y;
const START_NAME = /<([^\s<>/!?]+)/y;
const QUOTE_OR_END = /["'<>]/g;

// No project is deeper; whoever reads the tree goes down step by step.
const MOST_DEPTH = 500;

/**
 * The root of an XML text; comments and instructions are left out, and no entity is looked up. Throws `XmlMistake` where tags do
 * not match or where there is a document type, which may define anything. One pass, no recursion.
 */
export function parseXml(text: string): XmlElement {
  const top: Open = { name: '', attributes: '', children: [], offset: 0 };
  const open: Open[] = [top];
  let at = 0;
  while (at < text.length) {
    at =
      afterAside(text, at, open) ??
      afterText(text, at, open) ??
      afterEnd(text, at, open) ??
      afterStart(text, at, open);
  }
  const last = innermost(open);
  if (last === top) return rootOf(top, text);
  throw new XmlMistake(
    `Expected </${last.name}> before the end of the file.`,
    last.offset,
    last.name.length + 1,
  );
}

// There is always the top, which no tag closes.
const innermost = (open: readonly Open[]): Open => open.at(-1) as Open;

function afterAside(text: string, at: number, open: readonly Open[]): number | undefined {
  const aside = ASIDES.find(({ begin }) => text.startsWith(begin, at));
  if (aside === undefined) return undefined;
  const from = at + aside.begin.length;
  const to = text.indexOf(aside.end, from);
  if (to === -1)
    throw new XmlMistake(`Expected ${aside.end} before the end of the file.`, at, aside.begin.length);
  if (aside.begin === '<![CDATA[') addText(open, text.slice(from, to));
  return to + aside.end.length;
}

function afterText(text: string, at: number, open: readonly Open[]): number | undefined {
  if (text[at] === '<') return undefined;
  const end = text.indexOf('<', at);
  const to = end === -1 ? text.length : end;
  addText(open, text.slice(at, to));
  return to;
}

function addText(open: readonly Open[], text: string): void {
  const content = text.trim();
  if (content !== '') innermost(open).children.push(content);
}

function afterEnd(text: string, at: number, open: Open[]): number | undefined {
  END_TAG.lastIndex = at;
  const end = END_TAG.exec(text)?.[1];
  if (end === undefined) return undefined;
  const { name } = innermost(open);
  if (name !== end) {
    const expected = name === '' ? 'no end tag' : `</${name}>`;
    throw new XmlMistake(`Expected ${expected}, found </${end}>.`, at, end.length + 3);
  }
  open.pop();
  return END_TAG.lastIndex;
}

function afterStart(text: string, at: number, open: Open[]): number {
  START_NAME.lastIndex = at;
  const name = START_NAME.exec(text)?.[1];
  const from = START_NAME.lastIndex;
  const end = name === undefined ? undefined : endOfTag(text, from);
  if (name === undefined || end === undefined) throw unreadable(text, at);
  const isEmpty = text[end - 1] === '/';
  const attributes = text.slice(from, isEmpty ? end - 1 : end).trim();
  const element: Open = { name, attributes, children: [], offset: at };
  innermost(open).children.push(element);
  if (!isEmpty) open.push(element);
  if (open.length > MOST_DEPTH) throw new XmlMistake(`More than ${MOST_DEPTH} elements in each other.`, at);
  return end + 1;
}

/** Where the `>` of a tag is, which may also be in the value of an attribute. */
function endOfTag(text: string, from: number): number | undefined {
  QUOTE_OR_END.lastIndex = from;
  for (;;) {
    const found = QUOTE_OR_END.exec(text);
    if (found === null || found[0] === '<') return undefined;
    if (found[0] === '>') return found.index;
    const close = text.indexOf(found[0], found.index + 1);
    if (close === -1) return undefined;
    QUOTE_OR_END.lastIndex = close + 1;
  }
}

function unreadable(text: string, offset: number): XmlMistake {
  const isType = text.startsWith('<!DOCTYPE', offset);
  return new XmlMistake(
    isType ? 'A document type is not read.' : 'Expected a tag, found "<" that begins none.',
    offset,
  );
}

function rootOf(top: Open, text: string): XmlElement {
  const [root, ...others] = top.children.filter((child) => child !== '\uFEFF');
  if (root === undefined || typeof root === 'string' || others.length > 0) {
    throw new XmlMistake('Expected one element, and nothing beside it.', Math.max(0, text.search(/\S/)));
  }
  return root;
}
