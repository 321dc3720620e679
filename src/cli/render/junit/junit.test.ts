import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../../../../test/support/any-character.ts';
import { type Element, junitMistakes, parseXml } from '../../../../test/support/junit.ts';
import type { RunEvent, RunEventBody } from '../../../kernel/index.ts';
import { createJunitReport } from './report.ts';
import { createTail } from './tail.ts';
import { junitXml } from './xml.ts';

const at = 1_700_000_000_000;

function xmlOf(events: readonly RunEventBody[], runId = 'run1'): string {
  const report = createJunitReport();
  for (const event of events) report.see({ ...event, runId } as RunEvent);
  return junitXml(report.suites());
}

function casesOf(xml: string): Element[] {
  const document = parseXml(xml);
  expect(junitMistakes(document)).toEqual([]);
  return document.children.flatMap(({ children }) => children);
}

const started: RunEventBody = {
  type: 'run-started',
  at,
  pipeline: 'build',
  kind: 'build',
  application: { id: 'app', name: 'app' },
  runFolder: '/r',
};

const planned = (...names: string[]): RunEventBody => ({
  type: 'run-planned',
  at,
  box: 'x',
  artifacts: false,
  file: 'wercker.yml',
  source: '',
  steps: names.map((name) => ({
    safeId: name,
    owner: 'o',
    name,
    version: '',
    displayName: name,
    phase: 'main',
  })),
});

const begin = (name: string): RunEventBody => ({
  type: 'step-started',
  at,
  safeId: name,
  displayName: name,
  phase: 'main',
  index: 1,
  count: 1,
});

const end = (name: string, more: object): RunEventBody => ({
  type: 'step-finished',
  at: at + 1500,
  safeId: name,
  displayName: name,
  phase: 'main',
  result: 'passed',
  durationMs: 1500,
  ...more,
});

const output = (safeId: string, bytes: Buffer | string): RunEventBody => ({
  type: 'step-output',
  at,
  safeId,
  bytes: Buffer.from(bytes),
});

const over = (result: 'passed' | 'failed' | 'interrupted', more: object = {}): RunEventBody => ({
  type: 'run-finished',
  at,
  result,
  durationMs: 2000,
  ...more,
});

describe('the JUnit report', () => {
  it('has one case per step, with its time, its output, and why it failed', () => {
    const failure = { result: 'failed', exitCode: 3, message: 'no <good>\n', detail: 'a & b' };
    const xml = xmlOf([
      started,
      planned('one', 'two', 'three'),
      begin('one'),
      output('one', 'hello\n'),
      end('one', {}),
      begin('two'),
      end('two', failure),
      end('three', { result: 'skipped', durationMs: 0 }),
      over('failed'),
    ]);
    const [one, two, three] = casesOf(xml);
    expect(one).toMatchObject({
      attributes: { name: 'one', time: '1.500' },
      children: [{ text: 'hello\n' }],
    });
    expect(two?.children).toMatchObject([
      {
        name: 'failure',
        attributes: { message: 'no <good>', type: 'exit-code' },
        text: 'exit code 3\na & b',
      },
    ]);
    expect(three?.children).toMatchObject([{ name: 'skipped' }]);
  });

  it('has an error where a run failed outside of its steps, so that it does not look as if all was well', () => {
    const failed = { message: 'there is no image "x"', hint: 'pull it' };
    const setup: RunEventBody = {
      type: 'phase-finished',
      at,
      phase: 'setup environment',
      result: 'failed',
      durationMs: 1,
    };
    const [step, run] = casesOf(xmlOf([started, planned('one'), setup, over('failed', failed)]));
    expect(step?.children).toMatchObject([{ name: 'skipped' }]);
    expect(run).toMatchObject({
      attributes: { name: 'setup environment' },
      children: [{ name: 'error', attributes: { message: 'there is no image "x"' }, text: 'pull it' }],
    });
    expect(casesOf(xmlOf([started, over('failed', failed)]))).toHaveLength(1);
  });

  it('says what was going on when there is no end', () => {
    const [one, two] = casesOf(xmlOf([started, planned('one', 'two'), begin('one'), output('one', 'x')]));
    expect(one?.children).toMatchObject([
      { name: 'error', attributes: { type: 'interrupted' } },
      { text: 'x' },
    ]);
    expect(two?.children).toMatchObject([{ name: 'skipped' }]);
  });

  it('takes the last result of a step that was run again', () => {
    const again = [begin('one'), end('one', { result: 'failed' }), begin('one'), end('one', {})];
    const [one] = casesOf(xmlOf([started, planned('one'), ...again, over('passed')]));
    expect(one?.children).toEqual([]);
  });

  it('has a suite for each pipeline', () => {
    const report = createJunitReport();
    for (const runId of ['a', 'b']) {
      for (const event of [started, planned('one'), over('passed')])
        report.see({ ...event, runId } as RunEvent);
    }
    const document = parseXml(junitXml(report.suites()));
    expect(junitMistakes(document)).toEqual([]);
    expect(document.children).toHaveLength(2);
  });

  it('keeps the end of a long output, whole characters only, and says what is left out', () => {
    const xml = xmlOf([
      started,
      planned('one'),
      begin('one'),
      output('one', Buffer.from('ä'.repeat(100_000))),
      output('one', 'x the end'),
      over('passed'),
    ]);
    const text = casesOf(xml)[0]?.children.at(-1)?.text ?? '';
    expect(text).toMatch(/^\[the first \d+ bytes are left out\]\nä+x the end$/);
    expect(Buffer.byteLength(text)).toBeLessThan(65 * 1024);
  });

  it('is valid XML whatever the steps print and say', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: anyCharacter, maxLength: 50 }).map((text) => Buffer.from(text)),
      fc
        .constantFrom(']]>', '</system-out>', '\u0000\u001b[31m\uffff\ud800', '&#0;')
        .map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        const text = bytes.toString('utf16le');
        const xml = xmlOf([
          { ...started, pipeline: `p${text}` } as RunEventBody,
          planned(`s${text}`),
          begin(`s${text}`),
          output(`s${text}`, bytes),
          end(`s${text}`, { result: 'failed', message: text, detail: text }),
          over('failed', { message: text }),
        ]);
        expect(casesOf(xml)).toHaveLength(1);
      }),
    );
  });
});

describe('the tail of an output', () => {
  it('is the last bytes, however they came', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary-ascii', maxLength: 20 })), (pieces) => {
        const tail = createTail(32);
        for (const piece of pieces) tail.add(Buffer.from(piece));
        expect(tail.text()).toBe(pieces.join('').slice(-32));
      }),
    );
  });
});
