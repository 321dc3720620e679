import { type DraftField, EMPTY_DRAFT, type TaskDraft } from './draft.ts';
import { type Read, readItems, readPairs } from './read-lines.ts';
import { parseSpan, SPAN_EXAMPLES } from './spans.ts';
import { isTaskId } from './task-id.ts';

/** What is filled in where nobody said it. */
export interface Known {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly clientId: string;
  /** Of the page: the address that a task of the form comes from. */
  readonly origin: string;
}

/** What is wrong, by the field in which it can be mended. */
export type Problems = ReadonlyMap<DraftField, string>;

export type Definition = Readonly<Record<string, unknown>>;

const QUEUE = /^[a-zA-Z0-9_-]{1,38}\/[a-z](?:[-a-z0-9]{0,36}[a-z0-9])?$/;
const PROJECT = /^[a-zA-Z0-9._/-]{1,500}$/;
const IDENTIFIER = /^[a-zA-Z0-9_-]{1,38}$/;
const ARTIFACT_NAME = /^[\x20-\x7e]{1,1024}$/;
const SCOPE = /^(?![\x20-\x7e]*\*\*$)[\x20-\x7e]*$/;
const SOURCE = /^(?:https?:\/\/|ssh:\/\/|git@)/;
const MAX_RETRIES = 49;
const DAY_MS = 86_400_000;

/** Reads fields one after the other, and keeps all that is wrong with them. */
class Reader {
  readonly problems = new Map<DraftField, string>();
  readonly #draft: TaskDraft;

  constructor(draft: TaskDraft) {
    this.#draft = draft;
  }

  /** A text without the blanks around it; `undefined`: nothing is there. */
  text(field: Texts, rule?: RegExp, expected = ''): string | undefined {
    const text = this.#draft[field].trim();
    if (text === '') return undefined;
    if (rule !== undefined && !rule.test(text)) this.problems.set(field, `Expected ${expected}.`);
    return text;
  }

  needed(field: Texts, what: string, rule?: RegExp, expected?: string): string {
    const text = this.text(field, rule, expected);
    if (text === undefined) this.problems.set(field, `${what} is needed.`);
    return text ?? '';
  }

  span(field: Texts, defaultMs: number): number {
    const text = this.text(field);
    if (text === undefined) return defaultMs;
    const ms = parseSpan(text);
    if (ms === undefined) this.problems.set(field, `Expected ${SPAN_EXAMPLES}.`);
    return ms ?? defaultMs;
  }

  take<T>(field: DraftField, read: Read<T>, otherwise: T): T {
    if ('value' in read) return read.value;
    this.problems.set(field, read.problem);
    return otherwise;
  }
}

/** Fields that are texts. */
type Texts = {
  [F in DraftField]: TaskDraft[F] extends string ? F : never;
}[DraftField];

/** The task that a form asks for; `undefined` where something has to be mended first. */
export function definitionOf(
  draft: TaskDraft,
  known: Known,
): { readonly definition: Definition | undefined; readonly problems: Problems } {
  const read = new Reader(draft);
  const payload = payloadOf(draft, read);
  const definition = {
    ...draft.rest,
    taskQueueId: read.needed('queue', 'A queue', QUEUE, 'PROVISIONER/TYPE, the type in lower case'),
    ...timesOf(read, known.now),
    ...factsOf(draft, read),
    payload,
    metadata: metadataOf(read, known),
  };
  const { problems } = read;
  return { definition: problems.size === 0 ? definition : undefined, problems };
}

function timesOf(read: Reader, now: number): Definition {
  const deadline = now + read.span('deadline', DAY_MS);
  const expires = now + read.span('expires', 30 * DAY_MS);
  if (expires < deadline && !read.problems.has('deadline'))
    read.problems.set('expires', 'Expected a time after the deadline: a task is kept until then.');
  const moment = (ms: number): string => new Date(ms).toISOString();
  return { created: moment(now), deadline: moment(deadline), expires: moment(expires) };
}

function factsOf(draft: TaskDraft, read: Reader): Definition {
  const retries = read.needed('retries', 'A number', /^\d{1,2}$/, `a number from 0 to ${MAX_RETRIES}`);
  if (Number(retries) > MAX_RETRIES) read.problems.set('retries', `Expected at most ${MAX_RETRIES}.`);
  const group = read.text('group');
  if (group !== undefined && !isTaskId(group)) read.problems.set('group', 'Expected an id of 22 characters.');
  const project = read.text('project', PROJECT, 'letters, digits, and any of . _ / -');
  const scheduler = read.text('scheduler', IDENTIFIER, 'up to 38 letters, digits, - and _');
  const isTask = (id: string): string | undefined => (isTaskId(id) ? undefined : `“${id}” is no task id.`);
  const dependencies = read.take('dependencies', readItems(draft.dependencies, isTask), []);
  const isScope = (text: string): string | undefined =>
    SCOPE.test(text) ? undefined : `“${text}” is no scope: printable ASCII without two stars at its end.`;
  const asked = read.take('scopes', readItems(draft.scopes, isScope), []);
  const scopes = [...new Set([...asked, ...scopesOfCaches(draft)])];
  const routes = read.take('routes', readItems(draft.routes), []);
  return {
    ...(draft.priority !== EMPTY_DRAFT.priority && { priority: draft.priority }),
    retries: Number(retries),
    ...(group !== undefined && { taskGroupId: group }),
    ...(project !== undefined && { projectId: project }),
    ...(scheduler !== undefined && { schedulerId: scheduler }),
    ...(dependencies.length > 0 && { dependencies, requires: draft.requires }),
    ...(scopes.length > 0 && { scopes }),
    ...(routes.length > 0 && { routes }),
  };
}

/** What a task's own payload asks for is what its creator must allow it. */
function scopesOfCaches({ caches }: TaskDraft): readonly string[] {
  const read = readPairs(caches, 'PATH');
  return 'value' in read ? Object.keys(read.value).map((name) => `docker-worker:cache:${name}`) : [];
}

function metadataOf(read: Reader, { clientId, origin }: Known): Definition {
  const name = read.text('name', /^.{1,255}$/s, 'at most 255 characters') ?? read.text('image') ?? '';
  return {
    name: name.slice(0, 255),
    description: read.text('description') ?? name,
    owner: read.text('owner', /^.{1,255}$/s, 'at most 255 characters') ?? clientId,
    source:
      read.text('source', SOURCE, 'an address that begins with https://, http://, ssh:// or git@') ??
      `${origin}/tasks/new`,
  };
}

function payloadOf(draft: TaskDraft, read: Reader): Definition {
  const isPath = (_name: string, path: string): string | undefined =>
    path.startsWith('/') ? undefined : `“${path}” is no path in the container: it begins with “/”.`;
  const isArtifact = (name: string, path: string): string | undefined =>
    ARTIFACT_NAME.test(name) ? isPath(name, path) : 'a name is printable ASCII, at most 1,024 characters.';
  const env = read.take('env', readPairs(draft.env, 'VALUE'), {});
  const artifacts = read.take('artifacts', readPairs(draft.artifacts, 'PATH', isArtifact), {});
  const cache = read.take('caches', readPairs(draft.caches, 'PATH', isPath), {});
  const command = commandOf(draft);
  const features = featuresOf(draft);
  return {
    ...draft.payloadRest,
    image: read.needed('image', 'An image', /^\S+$/, 'the name of an image, without blanks'),
    ...(command.length > 0 && { command }),
    maxRunTime: Math.ceil(read.span('maxRunTime', 3_600_000) / 1000),
    ...(Object.keys(env).length > 0 && { env }),
    ...(Object.keys(artifacts).length > 0 && { artifacts: artifactsOf(artifacts) }),
    ...(Object.keys(cache).length > 0 && { cache }),
    ...(Object.keys(features).length > 0 && { features }),
  };
}

/** The words of the container: a script for a shell, or one word a line. */
function commandOf({ shell, command }: TaskDraft): readonly string[] {
  if (command.trim() === '') return [];
  if (shell === '') return command.replace(/\n$/, '').split(/\r?\n/);
  return [...shell.split(' '), command.replaceAll('\r\n', '\n')];
}

function featuresOf({ interactive, features }: TaskDraft): Readonly<Record<string, true>> {
  const names = features.split(/[\s,]+/).filter((name) => name !== '');
  return Object.fromEntries([...(interactive ? ['interactive'] : []), ...names].map((name) => [name, true]));
}

const artifactsOf = (paths: Readonly<Record<string, string>>): Definition =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, artifactAt(path)]));

const artifactAt = (path: string): Definition =>
  path.length > 1 && path.endsWith('/')
    ? { type: 'directory', path: path.slice(0, -1) }
    : { type: 'file', path };
