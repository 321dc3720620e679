import { SaxesParser } from 'saxes';

/** An element of an XML document. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  text: string;
}

/** Reads a document; throws for whatever is not well-formed XML 1.0. */
export function parseXml(text: string): Element {
  const root: Element = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = {
      name,
      attributes: attributes as Record<string, string>,
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', (piece) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  });
  parser.write(text).close();
  const [document] = root.children;
  if (document === undefined || root.children.length !== 1) throw new Error('expected one root element');
  return document;
}

const SECONDS = /^\d+\.\d{3}$/;
const COUNT = /^\d+$/;

interface Rule {
  readonly required: readonly string[];
  readonly attributes: Readonly<Record<string, RegExp>>;
  /** In this order. */
  readonly children: readonly string[];
}

const ANY = /^/;

/** What readers of JUnit files agree on: the schemas of Ant, of Jenkins and of what came after them. */
const RULES: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: [],
    attributes: { name: ANY, tests: COUNT, failures: COUNT, errors: COUNT, time: SECONDS },
    children: ['testsuite'],
  },
  testsuite: {
    required: ['name', 'tests', 'failures', 'errors', 'time', 'timestamp', 'hostname'],
    attributes: {
      name: /./,
      id: COUNT,
      package: ANY,
      tests: COUNT,
      failures: COUNT,
      errors: COUNT,
      skipped: COUNT,
      time: SECONDS,
      timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/,
      hostname: /./,
    },
    children: ['testcase'],
  },
  testcase: {
    required: ['name', 'classname', 'time'],
    attributes: { name: /./s, classname: /./, time: SECONDS },
    children: ['skipped', 'error', 'failure', 'system-out'],
  },
  skipped: { required: [], attributes: {}, children: [] },
  failure: { required: ['message', 'type'], attributes: { message: ANY, type: /^\S+$/ }, children: [] },
  error: { required: ['message', 'type'], attributes: { message: ANY, type: /^\S+$/ }, children: [] },
  'system-out': { required: [], attributes: {}, children: [] },
};

/** Everything in which an element and what is in it break the common rules; empty for a good one. */
export function junitMistakes(element: Element): string[] {
  const rule = RULES[element.name];
  if (rule === undefined) return [`<${element.name}> is unknown`];
  const missing = rule.required.filter((name) => !(name in element.attributes));
  const wrong = Object.entries(element.attributes).filter(
    ([name, value]) => !(rule.attributes[name]?.test(value) ?? false),
  );
  const places = element.children.map(({ name }) => rule.children.indexOf(name));
  const isOrdered = places.every((place, i) => place >= 0 && place >= (places[i - 1] ?? 0));
  return [
    ...missing.map((name) => `<${element.name}> has no ${name}`),
    ...wrong.map(([name, value]) => `<${element.name} ${name}="${value}">`),
    ...(isOrdered ? [] : [`<${element.name}> has ${element.children.map(({ name }) => name).join(', ')}`]),
    ...countMistakes(element),
    ...element.children.flatMap(junitMistakes),
  ];
}

function countMistakes(element: Element): string[] {
  if (element.name !== 'testsuite') return [];
  const having = (name: string): number =>
    element.children.filter(({ children }) => children.some((child) => child.name === name)).length;
  const counted: readonly (readonly [string, number])[] = [
    ['tests', element.children.length],
    ['failures', having('failure')],
    ['errors', having('error')],
    ['skipped', having('skipped')],
  ];
  return counted
    .filter(([name, count]) => element.attributes[name] !== String(count))
    .map(([name, count]) => `<testsuite ${name}="${element.attributes[name]}"> holds ${count}`);
}
