import type { Definition } from './definition.ts';
import { EMPTY_DRAFT, SHELLS, type Shell, type TaskDraft } from './draft.ts';
import { spanText } from './spans.ts';

/** A definition that the form cannot show, with why, to follow “The form cannot show this:”. */
export interface Unshown {
  readonly reason: string;
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
const textIn = (fields: Fields, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};

/** The fields of a definition that the form has; all others are kept as they are. */
const SHOWN = new Set(
  'taskQueueId provisionerId workerType created deadline expires priority retries taskGroupId projectId schedulerId dependencies requires scopes routes payload metadata'.split(
    ' ',
  ),
);
const SHOWN_OF_PAYLOAD = new Set('image command env maxRunTime artifacts cache features'.split(' '));

/** Why something is no part of the form. */
class NotShown extends Error {}

/** A definition as the form shows it: the same definition comes out of it again, but for its moments. */
export function draftOf(definition: Definition): TaskDraft | Unshown {
  try {
    return shown(definition);
  } catch (error) {
    if (error instanceof NotShown) return { reason: error.message };
    throw error;
  }
}

function shown(definition: Definition): TaskDraft {
  const { payload, metadata = {} } = definition;
  if (!isObject(payload)) throw new NotShown('its payload is no object');
  if (!isObject(metadata)) throw new NotShown('its metadata is no object');
  const dependencies = linesOf(definition, 'dependencies');
  return {
    ...EMPTY_DRAFT,
    ...payloadFields(payload),
    ...spansOf(definition),
    name: textIn(metadata, 'name'),
    description: textIn(metadata, 'description'),
    owner: textIn(metadata, 'owner'),
    source: textIn(metadata, 'source'),
    queue: queueOf(definition),
    priority: textIn(definition, 'priority') || EMPTY_DRAFT.priority,
    retries: typeof definition['retries'] === 'number' ? String(definition['retries']) : EMPTY_DRAFT.retries,
    project: textIn(definition, 'projectId').replace(/^none$/, ''),
    scheduler: textIn(definition, 'schedulerId').replace(/^-$/, ''),
    group: textIn(definition, 'taskGroupId'),
    dependencies,
    requires: definition['requires'] === 'all-resolved' ? 'all-resolved' : 'all-completed',
    scopes: linesOf(definition, 'scopes'),
    routes: linesOf(definition, 'routes'),
    rest: without(definition, SHOWN),
    payloadRest: without(payload, SHOWN_OF_PAYLOAD),
  };
}

const without = (fields: Fields, names: ReadonlySet<string>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));

function queueOf(definition: Definition): string {
  const [whole, provisioner, type] = ['taskQueueId', 'provisionerId', 'workerType'].map((name) =>
    textIn(definition, name),
  );
  return whole || (provisioner && type ? `${provisioner}/${type}` : EMPTY_DRAFT.queue);
}

function linesOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined) return '';
  if (!isTexts(value)) throw new NotShown(`its ${name} are no list of texts`);
  return value.join('\n');
}

/** Moments become spans of time from now. */
function spansOf(definition: Definition): Pick<TaskDraft, 'deadline' | 'expires'> {
  const [created, deadline, expires] = ['created', 'deadline', 'expires'].map((name) =>
    Date.parse(textIn(definition, name)),
  );
  const span = (moment = Number.NaN, otherwise: string): string => {
    const ms = moment - (created ?? Number.NaN);
    return ms > 0 ? spanText(ms) : otherwise;
  };
  return { deadline: span(deadline, EMPTY_DRAFT.deadline), expires: span(expires, EMPTY_DRAFT.expires) };
}

function payloadFields(payload: Fields): Partial<TaskDraft> {
  if ('pipeline' in payload) throw new NotShown('it runs a pipeline of a wercker.yml');
  const { image, maxRunTime, command = [], features = {} } = payload;
  if (typeof image !== 'string') throw new NotShown('its image is no name of a registry');
  if (!isTexts(command)) throw new NotShown('its command is no list of texts');
  if (!isObject(features) || Object.values(features).some((value) => value !== true))
    throw new NotShown('it turns features off');
  const { interactive = false, ...others } = features;
  return {
    image,
    ...commandFields(command),
    ...(typeof maxRunTime === 'number' && { maxRunTime: spanText(maxRunTime * 1000) }),
    env: pairsIn(payload, 'env', (value) => value),
    artifacts: pairsIn(payload, 'artifacts', pathOf),
    caches: pairsIn(payload, 'cache', (value) => value),
    interactive: interactive === true,
    features: Object.keys(others).join(' '),
  };
}

function commandFields(command: readonly string[]): Pick<TaskDraft, 'shell' | 'command'> {
  if (command.length === 0) return { shell: EMPTY_DRAFT.shell, command: '' };
  const [script = ''] = command.slice(2);
  const shell: Shell | undefined = SHELLS.find(
    (each) => each !== '' && each === command.slice(0, 2).join(' '),
  );
  if (command.length === 3 && shell !== undefined && script.trim() !== '') return { shell, command: script };
  if (command.some((word) => /[\r\n]/.test(word)) || command.join('').trim() === '' || command.at(-1) === '')
    throw new NotShown('a word of its command has more than a line, or none');
  return { shell: '', command: command.join('\n') };
}

function pairsIn(payload: Fields, name: string, show: (value: unknown) => unknown): string {
  const value = payload[name] ?? {};
  if (!isObject(value)) throw new NotShown(`its ${name} is no object`);
  const lines = Object.entries(value).map(([key, each]) => {
    const text = show(each);
    if (typeof text !== 'string' || /[\r\n]/.test(text) || /[=\r\n]/.test(key) || key.trim() !== key)
      throw new NotShown(`its ${name} “${key.slice(0, 60)}” is no line of text`);
    return `${key}=${text}`;
  });
  return lines.join('\n');
}

/** Only a type and a path: what has a time of its own stays a definition. */
function pathOf(value: unknown): string | undefined {
  if (!isObject(value) || Object.keys(value).length !== 2) return undefined;
  const { type, path } = value;
  if (typeof path !== 'string' || path.length < 2 || path.endsWith('/')) return undefined;
  return type === 'directory' ? `${path}/` : type === 'file' ? path : undefined;
}
