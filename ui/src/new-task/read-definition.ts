import type { Definition, Known } from './definition.ts';
import { DEFAULT_QUEUE } from './draft.ts';

const DAY_MS = 86_400_000;

/** What somebody pasted. */
export type ReadDefinition = { readonly definition: Definition } | { readonly problem: string };

/** Reads a definition in JSON or YAML. */
export async function readDefinition(text: string): Promise<ReadDefinition> {
  if (text.trim() === '') return { problem: 'Paste a definition: nothing is there.' };
  const value = /^\s*[{[]/.test(text) ? parseJson(text) : await parseYaml(text);
  if ('problem' in value) return value;
  const { parsed } = value;
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return { definition: parsed as Definition }; // an object that is no list
  return { problem: 'Expected an object: a definition has fields such as payload and metadata.' };
}

type Parsed = { readonly parsed: unknown } | { readonly problem: string };

function parseJson(text: string): Parsed {
  try {
    return { parsed: JSON.parse(text) };
  } catch (error) {
    return { problem: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function parseYaml(text: string): Promise<Parsed> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { prettyErrors: true, stringKeys: true });
  const [error] = document.errors;
  if (error !== undefined) return { problem: `This is neither JSON nor YAML: ${error.message}` };
  try {
    return { parsed: document.toJS({ maxAliasCount: 100 }) };
  } catch (cause) {
    return { problem: `This YAML cannot be read: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** A definition with what was left out, as `slipway task create FILE` fills it in; times count from now. */
export function completed(definition: Definition, { now, clientId, origin }: Known): Definition {
  const { metadata } = definition;
  const known = typeof metadata === 'object' && metadata !== null ? metadata : {};
  const name = namedIn(known) ?? 'a task';
  const moment = (days: number): string => new Date(now + days * DAY_MS).toISOString();
  return {
    ...definition,
    created: definition['created'] ?? moment(0),
    deadline: definition['deadline'] ?? moment(1),
    ...(definition['expires'] === undefined &&
      definition['deadline'] === undefined && { expires: moment(30) }),
    ...(['taskQueueId', 'provisionerId', 'workerType'].every((each) => !(each in definition)) && {
      taskQueueId: DEFAULT_QUEUE,
    }),
    metadata: { name, description: name, owner: clientId, source: `${origin}/tasks/new`, ...known },
  };
}

function namedIn(metadata: object): string | undefined {
  const name: unknown = Reflect.get(metadata, 'name');
  return typeof name === 'string' ? name : undefined;
}

/** A definition without its moments, so that they count from when it is created. */
export function timeless(definition: Definition): Definition {
  const { created: _created, deadline: _deadline, expires: _expires, ...rest } = definition;
  return rest;
}
