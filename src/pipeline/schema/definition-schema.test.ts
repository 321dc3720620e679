import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { BOX_KEYS } from '../definition/box-fields.ts';
import { INTERNAL_STEPS, PIPELINE_KEYS, READY_KEYS, TOP_LEVEL_KEYS } from '../definition/keys.ts';
import { parseDefinition } from '../definition/parse-definition.ts';
import { internalManifest } from '../properties/internal-steps.ts';
import { definitionSchema } from './definition-schema.ts';

const ROOT = new URL('../../../', import.meta.url);

const accepts = new Ajv({ allowUnionTypes: true, strictRequired: false }).compile(definitionSchema());

/** What an editor sees of a file; `undefined` where it is no YAML at all. */
function dataOf(text: string): unknown {
  const document = parseDocument(text, { version: '1.1', merge: true, uniqueKeys: false });
  if (document.errors.length > 0) return undefined;
  // Keys stay strings in this file's YAML, and JSON knows no others.
  return JSON.parse(JSON.stringify(document.toJS() ?? null));
}

function judge(text: string): { readonly valid: boolean; readonly why: string } {
  const valid = accepts(dataOf(text));
  return { valid, why: valid ? '' : JSON.stringify(accepts.errors) };
}

const diagnosticsOf = (text: string) => parseDefinition(text, { file: 'wercker.yml' }).diagnostics;

const fileIn = (folder: URL): string => readFileSync(new URL('wercker.yml', folder), 'utf8');

function foldersOf(path: string): URL[] {
  const root = new URL(path, ROOT);
  return readdirSync(root)
    .map((name) => new URL(`${name}/`, root))
    .filter((folder) => existsSync(new URL('wercker.yml', folder)));
}

const FIXTURES = foldersOf('test/fixtures/pipelines/').map((folder) => [folder.pathname, fileIn(folder)]);
const EXAMPLES = foldersOf('examples/').map((folder) => [folder.pathname, fileIn(folder)]);

/** Mistakes in the shape of a file, which is what a schema can see. */
const SHAPE = new Set(['unknown-key', 'lost-value', 'wrong-type', 'missing-property', 'empty-script']);

/** Which of several keys names the step depends on their order, which a schema cannot see. */
const ABOUT_ORDER = 'data-on-two-levels';

const VALID = `
box: {id: 'node:24', env: {A: 1, B: }, ports: [80, '53/udp'], volumes: /a /b, tag: 2.10, cmd: }
services:
  - redis
  - {id: db, ready: 5432}
  - {id: web, ready: {http: /health, port: 8080, status: 204, timeout: 0.5}}
  - {url: 'file://../api#build', ready: false, aws-strict-auth: on}
command-timeout: 10
source-dir: app
workflows:
  - name: all
    pipelines: [{name: build}, {name: ship, pipelineName: deploy, requires: [build], envFile: .env}]
build:
  docker: yes
  base-path: /app
  steps:
    - npm-test
    - owner/name@1.2.3
    - 'thing "file://x"'
    - 42
    - script: {name: nested, code: make}
    - script:
      name: flat
      code: make
    - internal/docker-push: {repository: x, cmd: run it, disable-sync: $SKIP}
    - internal/docker-run: {name: db, image: postgres}
    - internal/shell
    - internal/store-container:
  after-steps:
deploy: {box: alpine, steps: [], staging: [{script: {code: ship}}], later: }
`;

describe('the schema of a wercker.yml', () => {
  test.each(EXAMPLES)('accepts the example %s', (_, text) => {
    expect(judge(text ?? '').why).toBe('');
  });

  test('accepts every form that the parser takes without a word', () => {
    expect(diagnosticsOf(VALID)).toEqual([]);
    expect(judge(VALID).why).toBe('');
  });

  test.each(FIXTURES)('agrees with the parser on %s', (name = '', text = '') => {
    const found = diagnosticsOf(text);
    if (found.length === 0) expect(judge(text).why).toBe('');
    if (name.includes(ABOUT_ORDER)) return;
    if (found.some(({ code }) => SHAPE.has(code))) expect(judge(text).valid).toBe(false);
  });

  test.each([
    ['box: {image: x}\nbuild: {}'],
    ['box: x\nbuild: 1'],
    ['box: x\nbuild: {steps: {a: 1}}'],
    ['box: x\nbuild: {steps: [script]}'],
    ['box: x\nbuild: {steps: [{script: }]}'],
    ['box: x\nbuild: {steps: [{script: {code: [a]}}]}'],
    ['box: x\nbuild: {steps: [{internal/docker-push: {repo: x}}]}'],
    ['box: x\nbuild: {steps: [{internal/docker-push: {repository: x, disable-sync: perhaps}}]}'],
    ['box: x\nbuild: {step: 1}'],
    ['box: {id: x, ready: 80}\nbuild: {}'],
    ['box: x\nservices: [{id: x, ready: {ports: 80}}]\nbuild: {}'],
    ['box: x\ncommand-timeout: soon\nbuild: {}'],
    ['box: x\nworkflows: [{name: a, pipelines: [{nam: b}]}]\nbuild: {}'],
  ])('refuses %j', (text) => {
    expect(judge(text).valid).toBe(false);
  });

  test('names every key of the tables and no other', () => {
    const schema = definitionSchema();
    const { pipeline, ready, service, step } = schema.definitions ?? {};
    expect(Object.keys(schema.properties ?? {})).toEqual([...TOP_LEVEL_KEYS]);
    expect(Object.keys(pipeline?.properties ?? {})).toEqual([...PIPELINE_KEYS]);
    expect(Object.keys(service?.anyOf?.[1]?.properties ?? {})).toEqual([...BOX_KEYS]);
    expect(Object.keys(ready?.anyOf?.[2]?.properties ?? {})).toEqual([...READY_KEYS]);
    const internal = step?.anyOf?.[0]?.properties ?? {};
    for (const id of INTERNAL_STEPS.keys()) {
      const names = internalManifest(id)?.properties.map(({ name }) => name) ?? [];
      expect(Object.keys(internal[id]?.properties ?? {}), id).toEqual(expect.arrayContaining(names));
    }
  });
});
