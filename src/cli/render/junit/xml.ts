import { hostname } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import type { TestCase, TestSuite } from './report.ts';

const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that no XML document may hold become signs that stand for them. */
function validCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
}

/** Colours and cursor movements say nothing in a report and are taken out. */
function escapeText(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, validCharacter)
    .replaceAll(/[&<>"]/g, (sign) => NAMED[sign] ?? sign);
}

/** Line breaks and tabs would come out of an attribute as spaces. */
const escapeAttribute = (text: string): string =>
  escapeText(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

const seconds = (ms: number): string => (Math.max(0, ms) / 1000).toFixed(3);

function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

const ELEMENT = { failed: 'failure', error: 'error' } as const;

function outcomeElement({ outcome }: TestCase): string {
  if (outcome.type === 'passed') return '';
  if (outcome.type === 'skipped') return element('skipped', {});
  const { kind, message, detail } = outcome;
  return element(ELEMENT[outcome.type], { message, type: kind }, escapeText(detail));
}

function outputElement({ output }: TestCase): string {
  if (output === undefined) return '';
  const text = output.text();
  const left = output.droppedBytes === 0 ? '' : `[the first ${output.droppedBytes} bytes are left out]\n`;
  return element('system-out', {}, escapeText(left + text));
}

const GROUP: Readonly<Record<TestCase['group'], string>> = {
  steps: '',
  'after-steps': '.after-steps',
  run: '.run',
};

function caseElement(test: TestCase, pipeline: string): string {
  const classname = `${pipeline}${GROUP[test.group]}`;
  const content = `${outcomeElement(test)}${outputElement(test)}`;
  return element('testcase', { name: test.name, classname, time: seconds(test.durationMs) }, content);
}

const count = (cases: readonly TestCase[], type: TestCase['outcome']['type']): number =>
  cases.filter(({ outcome }) => outcome.type === type).length;

function totals(cases: readonly TestCase[]): Record<string, number> {
  return {
    tests: cases.length,
    failures: count(cases, 'failed'),
    errors: count(cases, 'error'),
    skipped: count(cases, 'skipped'),
  };
}

function suiteElement({ pipeline, startedAt, durationMs, cases, runId }: TestSuite, index: number): string {
  const attributes = {
    name: pipeline,
    id: index,
    package: runId,
    ...totals(cases),
    time: seconds(durationMs),
    timestamp: new Date(startedAt).toISOString().slice(0, 19),
    hostname: hostname(),
  };
  const lines = cases.map((test) => `    ${caseElement(test, pipeline)}\n`).join('');
  return `  ${element('testsuite', attributes, lines === '' ? '' : `\n${lines}  `)}\n`;
}

/** The report as the common readers of JUnit files take it: one suite per pipeline, one case per step. */
export function junitXml(suites: readonly TestSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  const { skipped: _, ...counts } = totals(all);
  const time = seconds(suites.reduce((sum, { durationMs }) => sum + durationMs, 0));
  const content = suites.map(suiteElement).join('');
  const root = element(
    'testsuites',
    { name: 'slipway', ...counts, time },
    content === '' ? '' : `\n${content}`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}
