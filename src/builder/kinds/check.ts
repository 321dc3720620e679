import type { Diagnostic } from '../../kernel/index.ts';
import type { RuntimeKind } from '../build.ts';
import { checkJson } from './check-json.ts';
import { isObject } from './json-text.ts';
import { KINDS } from './kind.ts';
import { diagnose, type Mistake } from './place.ts';
import { parseXml, XmlMistake } from './xml-text.ts';

/**
 * What is certainly wrong with a requirement file, before anything is built; empty where a tool may still take it, and for a
 * blank file, which asks for nothing. Never throws, whatever the text; its time grows with the text's length and no faster.
 */
export function checkRequirements(kindName: RuntimeKind, text: string): readonly Diagnostic[] {
  const kind = KINDS.get(kindName);
  if (kind === undefined || text.trim() === '') return [];
  const control = checkSigns(text);
  const mistakes = control.length > 0 ? control : CHECKS[kindName](text);
  return mistakes.map((mistake) => diagnose(kind, text, mistake));
}

const isString = (value: unknown): boolean => typeof value === 'string';

const CHECKS: Readonly<Record<RuntimeKind, (text: string) => readonly Mistake[]>> = {
  nodejs: (text) =>
    checkJson(text, {
      tables: ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'],
      isAsked: isString,
      asked: 'a string like "^1.2.3"',
    }),
  php: (text) => checkJson(text, { tables: ['require'], isAsked: isString, asked: 'a string like "^1.2"' }),
  dotnet: (text) =>
    checkJson(text, {
      tables: ['dependencies'],
      isAsked: (value) => isString(value) || (isObject(value) && isString(value['version'])),
      asked: 'a version like "1.2.3"',
    }),
  python: checkPython,
  java: checkPom,
  // Ruby's own language, and Go's, which official images for it do not even read: only their tools can tell.
  ruby: () => [],
  go: () => [],
};

/** No tool takes a text with NUL in it. */
function checkSigns(text: string): readonly Mistake[] {
  const offset = text.indexOf('\0');
  return offset === -1
    ? []
    : [{ code: 'control-character', message: 'Expected text, found the sign U+0000.', offset }];
}

/** The first line that can begin neither a requirement nor an option: somebody sent another kind's file, or a web page. */
function checkPython(text: string): readonly Mistake[] {
  const wrong = /^[ \t\uFEFF]*([^\s\w\uFEFF#.\\/~$'"-])/m.exec(text);
  if (wrong?.[1] === undefined || followsBackslash(text, wrong.index)) return [];
  const message = `Expected a requirement like "requests==2.31" or an option, found a line that begins with ${JSON.stringify(wrong[1])}.`;
  return [{ code: 'not-a-requirement', message, offset: wrong.index + wrong[0].length - 1 }];
}

const followsBackslash = (text: string, lineStart: number): boolean =>
  /\\\r?\n$/.test(text.slice(Math.max(0, lineStart - 3), lineStart));

function checkPom(text: string): readonly Mistake[] {
  if (/<!DOCTYPE/.test(text)) return [];
  try {
    const { name } = parseXml(text);
    if (name === 'project') return [];
    const message = `Expected the element <project>, found <${name.slice(0, 60)}>.`;
    return [{ code: 'wrong-element', message, offset: text.indexOf(`<${name}`) }];
  } catch (error) {
    if (!(error instanceof XmlMistake)) throw error;
    const { message, offset, length } = error;
    return [{ code: 'not-xml', message: `The file is not XML: ${message}`, offset, length }];
  }
}
