import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAILING, SECRET } from '../support/failing-run.ts';
import { eventsSchema, jsonLines, mistakesIn } from '../support/json-lines.ts';
import { pipelineFile } from '../support/pipeline.ts';
import { createRig } from '../support/rig.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const SCHEMA = eventsSchema();

describe.concurrent('the JSON stream', () => {
  it('holds what its schema says, and the run in every line', async () => {
    await using rig = createRig(FAILING);
    rig.write('wercker.yml', JSON.stringify({ ...JSON.parse(FAILING), other: { step: 1 } }));
    const finished = await rig.run(['build', '--output', 'json'], { environment: SECRET });
    const lines = jsonLines(finished);
    expect(mistakesIn(SCHEMA, lines)).toEqual([]);
    expect(new Set(lines.map(({ runId }) => runId)).size).toBe(1);
    const types = lines.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['run-started', 'diagnosed', 'run-planned', 'step-output']));
    expect(types.at(-1)).toBe('run-finished');
    expect(finished.stdout + finished.stderr).not.toContain('correct-horse');
    expect(finished.exitCode).toBe(1);
  });

  it('holds what is stored, and everything of a run that passes', async () => {
    await using rig = createRig(pipelineFile({ steps: ['echo x >"$WERCKER_OUTPUT_DIR/x"'] }));
    const lines = jsonLines(await rig.run(['build', '--artifacts', '--log-json']));
    expect(mistakesIn(SCHEMA, lines)).toEqual([]);
    expect(lines.map(({ type }) => type)).toContain('artifact-stored');
  });

  it('names the run that a service is built for', async () => {
    const service = JSON.stringify({
      box: 'localhost/slipway-busybox:1',
      build: { steps: [{ script: { code: 'true' } }] },
    });
    await using rig = createRig(
      pipelineFile({
        services: [{ url: 'file://service#build', name: 'part', cmd: 'sleep 100', ready: false }],
        steps: ['true'],
      }),
    );
    rig.write('service/wercker.yml', service);
    const lines = jsonLines(await rig.run(['build', '--output', 'json']));
    const [outer, inner] = lines.filter(({ type }) => type === 'run-started');
    expect(mistakesIn(SCHEMA, lines)).toEqual([]);
    expect(inner).toMatchObject({ partOf: outer?.runId });
    const image = `run-${inner?.runId}`;
    execFileSync('docker', ['rmi', '-f', `${image}:latest`], { stdio: 'ignore' });
  });

  it.each([
    [['build', '--artefacts'], 2, { code: 'usage', message: expect.stringContaining('--artefacts') }],
    [['biuld'], 3, { code: 'unknown-command' }],
    [['build', '--junit', '.'], 2, { code: 'usage', message: expect.stringContaining('--junit') }],
    [['plan', 'nope'], 1, { code: 'failed' }],
  ])('tells what is wrong with %j as a line too', async (words, exitCode, wanted) => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const finished = await rig.run([...words, '--output', 'json']);
    const lines = jsonLines(finished);
    expect(mistakesIn(SCHEMA, lines)).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ type: 'error', exitCode, ...wanted });
    expect(finished).toMatchObject({ exitCode, stderr: '' });
  });

  it.each([[['check-config']], [['clean']], [['plan']], [['version']]])(
    'is the answer of %j as well',
    async (words) => {
      await using rig = createRig(pipelineFile({ steps: ['true'] }));
      const finished = await rig.run([...words, '--output=json']);
      expect(mistakesIn(SCHEMA, jsonLines(finished))).toEqual([]);
      expect(finished.exitCode).toBe(0);
    },
  );
});

describe('docs/events.md', () => {
  const page = readFileSync(join(ROOT, 'docs/events.md'), 'utf8');
  const rows = new Map(
    page.split('\n').flatMap((line): [string, string][] => {
      const [, type, fields] = /^\| `([a-z-]+)` \|(.*)\|$/.exec(line) ?? [];
      return type === undefined || fields === undefined ? [] : [[type, fields]];
    }),
  );

  it('says before its tables what every line has', () => {
    const head = page.slice(0, page.indexOf('\n|'));
    for (const field of ['version', 'type', 'time', 'runId', 'workflow', 'workflowPipeline']) {
      expect(head).toContain(`\`${field}\``);
    }
  });

  it('has a row for each type of line and for no other', () => {
    expect([...rows.keys()].sort()).toEqual(SCHEMA.oneOf.map(({ title }) => title).sort());
  });

  it.each(SCHEMA.oneOf.map(({ title, properties }) => [title, Object.keys(properties)] as const))(
    'names every field of %s',
    (type, fields) => {
      const always = ['version', 'type', 'time', 'runId', 'workflow', 'workflowPipeline'];
      const missing = fields.filter(
        (field) => !always.includes(field) && !rows.get(type)?.includes(`\`${field}\``),
      );
      expect(missing).toEqual([]);
    },
  );
});
