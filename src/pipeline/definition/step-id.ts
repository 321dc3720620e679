import { fail, ok, type Result } from '../../kernel/index.ts';
import type { StepSource } from '../definition.ts';
import { INTERNAL_STEPS } from './keys.ts';

/** Steps whose owner is not written belong to this one. */
export const DEFAULT_OWNER = 'wercker';

/** Whose step it is, what it is called, and where its files come from. */
export interface StepId {
  readonly owner: string;
  readonly name: string;
  /** A script's code is not in its id: it comes out empty here. */
  readonly source: StepSource;
}

/** Reads `[owner/]name[@version]` or `name "URL"`, or says in one sentence what is wrong. */
export function parseStepId(text: string): Result<StepId, string> {
  const quoted = /^([^"]*?)\s"([^"]*)"$/.exec(text.trim());
  const name = parseStepName((quoted?.[1] ?? text).trim());
  if (!name.ok) return name;
  const { owner, version } = name.value;
  const id = { owner, name: name.value.name };
  if (quoted?.[2] !== undefined) {
    const source = parseStepUrl(quoted[2].trim());
    return source.ok ? ok({ ...id, source: source.value }) : source;
  }
  if (text.trim() === 'script') return ok({ ...id, source: { kind: 'script', code: '' } });
  if (INTERNAL_STEPS.has(text.trim())) return ok({ ...id, source: { kind: 'internal' } });
  return ok({ ...id, source: { kind: 'registry', version: version || '*' } });
}

interface StepName {
  readonly owner: string;
  readonly name: string;
  readonly version: string;
}

function parseStepName(text: string): Result<StepName, string> {
  const at = text.indexOf('@');
  const path = at === -1 ? text : text.slice(0, at);
  const version = at === -1 ? '' : text.slice(at + 1).trim();
  if (/[\s"]/.test(path)) return fail("a step's name has no spaces; a URL after it stands in double quotes");
  const parts = path.split('/');
  if (parts.length > 2) return fail('a step is written owner/name@version, with one "/" at most');
  const name = parts.at(-1) ?? '';
  const owner = parts.length === 2 ? (parts[0] ?? '') : DEFAULT_OWNER;
  if (name === '' || owner === '') return fail('the step has no name');
  // It becomes part of a folder's name.
  if (version.includes('/')) return fail('a version has no "/"');
  return ok({ owner, name, version });
}

function parseStepUrl(url: string): Result<StepSource, string> {
  if (/^https?:\/\/[^/]/i.test(url)) return ok({ kind: 'tarball', url });
  const path = /^file:\/\/(.+)$/is.exec(url)?.[1];
  if (path !== undefined) return ok({ kind: 'folder', path });
  return fail('the URL must begin with http://, https:// or file://');
}
