import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { Finished } from './rig.ts';

/** One line of `--output json`. */
export interface JsonLine {
  readonly type: string;
  readonly runId?: string;
  readonly [field: string]: unknown;
}

/** All lines that a program printed. */
export const jsonLines = ({ stdout }: Pick<Finished, 'stdout'>): JsonLine[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as JsonLine); // the schema says what is in it

interface EventsSchema {
  readonly oneOf: readonly { readonly title: string; readonly properties: Record<string, object> }[];
}

/** What `slipway schema events` prints. */
export function eventsSchema(): EventsSchema {
  const program = resolve(import.meta.dirname, '../../bin/slipway');
  return JSON.parse(execFileSync(program, ['schema', 'events'], { encoding: 'utf8' })) as EventsSchema; // as it says
}

/** What is wrong with lines, by the published schema, and by it without room for more fields; empty for good ones. */
export function mistakesIn(schema: EventsSchema, lines: readonly JsonLine[]): string[] {
  const strict = { ...schema, oneOf: schema.oneOf.map((line) => ({ ...line, additionalProperties: false })) };
  return [schema, strict].flatMap((each) => {
    const accepts = new Ajv({ strict: true, allowUnionTypes: true, validateFormats: false }).compile(each);
    return lines.filter((line) => !accepts(line)).map((line) => JSON.stringify(line));
  });
}
