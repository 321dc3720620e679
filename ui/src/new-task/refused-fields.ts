import type { DraftField } from './draft.ts';

/** The field of the form in which a part of a definition is. */
const FIELDS: Readonly<Record<string, DraftField>> = {
  'payload.image': 'image',
  'payload.command': 'command',
  'payload.env': 'env',
  'payload.artifacts': 'artifacts',
  'payload.cache': 'caches',
  'payload.maxRunTime': 'maxRunTime',
  'payload.features': 'features',
  taskQueueId: 'queue',
  provisionerId: 'queue',
  workerType: 'queue',
  'metadata.name': 'name',
  'metadata.description': 'description',
  'metadata.owner': 'owner',
  'metadata.source': 'source',
  taskGroupId: 'group',
  projectId: 'project',
  schedulerId: 'scheduler',
  deadline: 'deadline',
  expires: 'expires',
  retries: 'retries',
  dependencies: 'dependencies',
  requires: 'requires',
  scopes: 'scopes',
  routes: 'routes',
  priority: 'priority',
};

/** What the server says of a definition, `  * PLACE: MESSAGE` a line, by the fields of the form; the rest is `others`. */
export function refusedFields(text: string): {
  readonly problems: ReadonlyMap<DraftField, string>;
  readonly others: readonly string[];
} {
  const problems = new Map<DraftField, string>();
  const others: string[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, place = '', message = ''] = /^ *\* ([^:]+): (.*)$/.exec(line) ?? [];
    const field = fieldAt(place);
    if (field === undefined) others.push(line.replace(/^ *\* /, ''));
    else problems.set(field, message);
  }
  return { problems, others };
}

const fieldAt = (place: string): DraftField | undefined =>
  Object.entries(FIELDS).find(
    ([name]) => place === name || place.startsWith(`${name}.`) || place.startsWith(`${name}[`),
  )?.[1];
