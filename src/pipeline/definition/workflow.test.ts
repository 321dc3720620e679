import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuMsOf } from '../../../test/support/cpu-time.ts';
import { MAX_DIAGNOSTICS } from '../report.ts';
import { blocksPipeline, parseDefinition } from './parse-definition.ts';

const PIPELINES = { box: 'busybox', build: { steps: [] }, test: { steps: [] }, ship: { steps: [] } };

/** A file with one workflow of these pipelines. */
const file = (pipelines: unknown, more: object = {}): string =>
  JSON.stringify({ ...PIPELINES, workflows: [{ name: 'all', pipelines }], ...more });

const parse = (text: string) => parseDefinition(text, { file: 'wercker.yml' });

/** What is wrong, without places. */
const messages = (text: string): string[] => parse(text).diagnostics.map(({ message }) => message);

describe('workflows', () => {
  it('are read with the defaults of their pipelines', () => {
    const { definition, diagnostics } = parse(`
box: busybox
build: {}
ship: {}
workflows:
  - name: release
    pipelines:
      - name: build
      - name: staging
        pipelineName: ship
        requires: [build]
        envFile: staging.env
      - name: production
        pipelineName: ship
        requires: [staging, build]
        artifactPipeline: build
`);
    expect(diagnostics).toEqual([]);
    expect([...(definition?.workflows.values() ?? [])]).toMatchObject([
      {
        name: 'release',
        range: { start: { line: 6 } },
        pipelines: [
          { name: 'build', pipelineName: 'build', requires: [] },
          { name: 'staging', pipelineName: 'ship', requires: ['build'], envFile: 'staging.env' },
          { name: 'production', requires: ['staging', 'build'], artifactPipeline: 'build' },
        ],
      },
    ]);
  });

  it('may be absent or empty', () => {
    expect(parse('box: b\nbuild: {}\nworkflows:\n').definition?.workflows.size).toBe(0);
    expect(parse('box: b\nbuild: {}\nworkflows: []\n').diagnostics).toEqual([]);
  });

  it.each([
    [[{ name: 'build' }, { name: 'build' }], 'duplicate pipeline build'],
    [[{ name: 'biuld' }], 'pipeline biuld is not defined'],
    [[{ name: 'x', pipelineName: 'y' }], 'pipeline y is not defined'],
    [[{ name: 'build' }, { name: 'ship', requires: ['test'] }], 'no pipeline test required by ship'],
    [[], 'no root pipeline'],
    [[{ name: 'build', requires: ['build'] }], 'contains cycle build -> build'],
    [
      [{ name: 'build' }, { name: 'ship', requires: ['build'], artifactPipeline: 'test' }],
      'artifactPipeline test is not required by ship',
    ],
  ])('that cannot run are refused in the words of the original: %j', (pipelines, sentence) => {
    expect(messages(file(pipelines))).toContain(`invalid workflow all: ${sentence}`);
    expect(parse(file(pipelines)).definition?.workflows.size).toBe(0);
  });

  it('are told of all their mistakes at once, with places', () => {
    const { diagnostics } = parse(`box: busybox
build: {}
workflows:
  - name: all
    pipelines:
      - name: a
        pipelineName: biuld
        requires: [c]
      - name: b
        pipelineName: build
        requires: [a, nobody]
      - name: c
        pipelineName: build
        requires: [b]
      - name: c
        pipelineName: build
`);
    expect(diagnostics.map(({ code, range, hint }) => [code, range?.start.line, hint])).toEqual([
      ['undefined-pipeline', 7, 'did you mean "build"?'],
      ['cycle', 8, 'take c out of what a requires'],
      ['missing-requirement', 11, 'the workflow has a, b, c'],
      ['duplicate-pipeline', 15, expect.stringContaining('pipelineName')],
    ]);
  });

  it('with several roots run, and are told that the original refuses them', () => {
    const { definition, diagnostics } = parse(file([{ name: 'build' }, { name: 'test' }]));
    expect(diagnostics).toMatchObject([
      { severity: 'warning', message: 'invalid workflow all: multiple root pipelines: build, test' },
    ]);
    expect(definition?.workflows.has('all')).toBe(true);
  });

  it('keep no pipeline from running, and no other workflow', () => {
    const workflows = [
      { name: 'bad', pipelines: [{ name: 'nobody' }] },
      { name: 'good', pipelines: [{ name: 'build' }] },
      { pipelines: [] },
      'text',
    ];
    const { definition, diagnostics } = parse(JSON.stringify({ ...PIPELINES, workflows }));
    expect(diagnostics.map(({ severity, workflow }) => [severity, workflow])).toEqual([
      ['error', 'bad'],
      ['error', ''],
      ['error', ''],
    ]);
    expect(diagnostics.some((diagnostic) => blocksPipeline(diagnostic, 'build'))).toBe(false);
    expect([...(definition?.workflows.keys() ?? [])]).toEqual(['good']);
  });

  it('of one name twice are refused, the first one stays', () => {
    const workflows = [
      { name: 'all', pipelines: [{ name: 'build' }] },
      { name: 'all', pipelines: [{ name: 'ship' }] },
    ];
    const { definition, diagnostics } = parse(JSON.stringify({ ...PIPELINES, workflows }));
    expect(diagnostics).toMatchObject([{ severity: 'error', message: 'duplicate workflow all' }]);
    expect(definition?.workflows.get('all')?.pipelines[0]?.name).toBe('build');
  });

  it('may name a pipeline that is wrong in itself: that is told where it is', () => {
    const { diagnostics } = parse(file([{ name: 'broken' }], { broken: { steps: 'x' } }));
    expect(diagnostics.map(({ workflow, pipeline }) => [workflow, pipeline])).toEqual([
      [undefined, 'broken'],
    ]);
  });

  it('tell what is ignored and what is of the wrong type', () => {
    expect(
      messages(file([{ name: 'build', require: ['x'] }, 'ship', { name: 'ship', requires: 'build' }])),
    ).toEqual(
      expect.arrayContaining([
        '"require" is no key of a workflow here; it is ignored',
        'a pipeline of a workflow must be a map with "name", found the text "ship"',
        '"requires" must be a list of names, found the text "build"',
      ]),
    );
  });

  it('refuse names that cannot be folders only where they would be', () => {
    const several = (...names: string[]): unknown[] => [
      ...names.map((name) => ({ name, pipelineName: 'build' })),
      { name: 'ship', requires: names },
    ];
    expect(messages(file(several('../out', 'b')))).toContain(
      'invalid workflow all: ../out cannot be the name of a folder in the source of ship',
    );
    expect(messages(file(several('../out')))).toEqual([]);
  });

  it('of any shape end in words, never in an exception', () => {
    const anything = fc.anything({ maxDepth: 3 });
    const shape = fc.array(
      fc.record({
        name: fc.oneof(fc.constantFrom('a', 'b', 'build'), anything),
        pipelines: fc.oneof(
          anything,
          fc.array(
            fc.record({
              name: fc.oneof(fc.constantFrom('a', 'b', 'c'), anything),
              requires: fc.oneof(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), anything),
              pipelineName: fc.constantFrom('build', 'nobody'),
            }),
          ),
        ),
      }),
    );
    fc.assert(
      fc.property(shape, (workflows) => {
        const text = JSON.stringify({ ...PIPELINES, workflows }, (_, value) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        const { diagnostics } = parse(text);
        expect(diagnostics.length).toBeLessThanOrEqual(MAX_DIAGNOSTICS + 1);
        for (const { message, range } of diagnostics.slice(0, MAX_DIAGNOSTICS)) {
          expect(message).not.toBe('');
          expect(range?.start.line).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('with a great many pipelines are checked in no time', () => {
    const chain = Array.from({ length: 8000 }, (_, i) => ({
      name: `p${i}`,
      pipelineName: 'build',
      requires: [`p${(i + 1) % 8000}`],
    }));
    const text = `box: b\nbuild: {}\nworkflows: [{ name: all, pipelines: ${JSON.stringify(chain)} }]\n`;
    const spentMs = cpuMsOf(() => {
      expect(messages(text).some((message) => message.includes('contains cycle p0 -> '))).toBe(true);
    });
    expect(spentMs).toBeLessThan(20_000);
  });
});
