import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationSchema } from './configuration-schema.ts';
import { FIELDS } from './fields.ts';
import { parseFile } from './parse-file.ts';
import { configurationTables } from './testing/configuration-page.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
const accepts = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(configurationSchema());
const CONTEXT = { folder: '/', home: '/', resolve: (_: string, path: string): string => path };

describe('docs/configuration.md', () => {
  it('has the tables that the fields give', () => {
    expect(PAGE.slice(PAGE.indexOf('## Fields'))).toBe(`## Fields\n\n${configurationTables()}\n`);
  });

  it('shows an example that can be used', () => {
    const example = /```yaml\n([^`]*)```/.exec(PAGE)?.[1] ?? '';
    expect(parseFile('config.yaml', example, CONTEXT).size).toBe(7);
    expect(accepts(parse(example))).toBe(true);
  });
});

describe('the table of fields', () => {
  it.each(FIELDS)('says of $path a sentence', ({ field }) => {
    expect(field.about).toMatch(/^[A-Z].*\.$/);
  });
});

describe('the JSON Schema of the file', () => {
  it.each([
    'retention: {keepDays: 30}',
    'retention: {keepDays: unlimited, keepRuns: 5, maxBytes: 20 GiB}',
    'store: {secretAccessKey: {variable: NAME}}',
    'store: {privateKey: {file: ./key}}',
    'download: {roots: [a, b], port: 0, drainTimeout: 10m}',
    'download: {roots: a, public: true}',
    'data: {}',
  ])('takes what the program takes: %s', (text) => {
    expect(() => parseFile('config.yaml', text, CONTEXT)).not.toThrow();
    expect(accepts(parse(text))).toBe(true);
  });

  it.each([
    'retention: {keepDays: 0}',
    'retention: {keepRuns: 1.5}',
    'retention: {maxBytes: 3 apples}',
    'store: {type: ftp}',
    'store: {secretAccessKey: hunter2}',
    'store: {secretAccessKey: {value: hunter2}}',
    'download: {drainTimeout: soon}',
    'retension: {}',
    'retention: {keepruns: 1}',
  ])('refuses what the program refuses: %s', (text) => {
    expect(() => parseFile('config.yaml', text, CONTEXT)).toThrow();
    expect(accepts(parse(text))).toBe(false);
  });
});
