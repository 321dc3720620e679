import { readFile } from 'node:fs/promises';
import {
  type Document,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  type ScalarTag,
  visit,
} from 'yaml';
import { findMistakes, WorkerConfigurationError } from './check-configuration.ts';
import { WorkerConfiguration } from './schema.ts';

/** The sections of a worker's file that hold for one profile, the strongest first. */
export interface WorkerFile {
  readonly layers: readonly WorkerConfiguration[];
  /** The sections that there are. */
  readonly profiles: readonly string[];
}

const ENVIRONMENT_TAG = /^!env(?::(string|number|bool|flag|json|list))?$/;

type Kind = 'string' | 'number' | 'bool' | 'flag' | 'json' | 'list';

function readVariable(kind: Kind, text: string): unknown {
  if (kind === 'number') return text.trim() === '' ? Number.NaN : Number(text);
  if (kind === 'list') return text.split(/\s+/).filter(Boolean);
  if (kind === 'json') return JSON.parse(text) as unknown; // the schema says what it may be
  if (kind === 'string') return text;
  return /^(1|true|on|yes)$/i.test(text);
}

/** `key: !env NAME`, `!env:number NAME` and so on: the value of a variable; a key whose variable is not set is not there. */
const tags: readonly ScalarTag[] = ['', ':string', ':number', ':bool', ':flag', ':json', ':list'].map(
  (kind) => ({
    tag: `!env${kind}`,
    resolve: (name) => name,
  }),
);

/** Puts variables in their places. */
function fillIn(document: Document, environment: NodeJS.ProcessEnv): void {
  visit(document, {
    Pair(_, pair) {
      const { value } = pair;
      const kind = isScalar(value) ? ENVIRONMENT_TAG.exec(value.tag ?? '') : null;
      if (!isScalar(value) || kind === null) return undefined;
      const text = environment[String(value.value)];
      if (text === undefined || text === '') return visit.REMOVE;
      value.value = readVariable((kind[1] as Kind | undefined) ?? 'string', text); // the pattern has no other
      return undefined;
    },
  });
}

/**
 * Reads a worker's file: a section `defaults`, and one for each profile. Throws `WorkerConfigurationError` with every mistake and
 * its place, and the system's error where the file cannot be read.
 */
export async function readWorkerFile(
  file: string,
  profile: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<WorkerFile> {
  const lines = new LineCounter();
  const text = await readFile(file, 'utf8');
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, customTags: [...tags] });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const broken = document.errors.map(({ pos, message }) => `${place(pos[0])}: ${message}`);
  if (broken.length > 0) throw new WorkerConfigurationError(broken);
  fillIn(document, environment);
  const sections: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  if (typeof sections !== 'object' || sections === null || Array.isArray(sections))
    throw new WorkerConfigurationError([
      `${place(0)}: expected sections: "defaults", and one for each profile`,
    ]);
  const mistakes = Object.entries(sections).flatMap(([name, section]) =>
    findMistakes(section ?? {}).map(({ path, message }) => {
      const where = place(offsetOf(document, [name, ...path]));
      return `${where}: ${[name, ...path].join('.')}: ${message}`;
    }),
  );
  if (mistakes.length > 0) throw new WorkerConfigurationError(mistakes);
  const all = sections as Readonly<Record<string, unknown>>; // checked just above
  const profiles = Object.keys(all).filter((name) => name !== 'defaults');
  const chosen = [profile === undefined ? undefined : all[profile], all['defaults']];
  return { layers: chosen.map((section) => WorkerConfiguration.parse(section ?? {})), profiles };
}

/** Where a key stands; of one that is not there, its parent. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const items: readonly unknown[] = isNode(parent) && 'items' in parent ? parent.items : [];
    const pair = items.find(
      (item) => isPair(item) && isScalar(item.key) && item.key.value === path[length - 1],
    );
    if (isPair(pair) && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
  }
  return 0;
}
