import { fail, ok, type Result } from '../../kernel/index.ts';
import type { JsonObject } from '../../queue-api/index.ts';
import { fromFirstForm } from './first-form.ts';
import { mistakesOf, type PayloadMistake, pathText } from './mistakes.ts';
import { removedFeatures } from './removed.ts';
import { ImagePayload, PipelinePayload, plainPath } from './schema.ts';
import type { TaskPayload } from './task-payload.ts';

/** What a payload is read with. */
export interface PayloadContext {
  /** Of the task: nothing of it may stay longer. ISO 8601. */
  readonly expires: string;
  /** Where the first form says none. */
  readonly defaultMaxRunTimeSeconds: number;
}

/** The payload with its defaults, or all that is wrong with it. */
export function parsePayload(
  payload: JsonObject,
  { expires, defaultMaxRunTimeSeconds }: PayloadContext,
): Result<TaskPayload, readonly PayloadMistake[]> {
  const form = fromFirstForm(payload, defaultMaxRunTimeSeconds);
  if ('mistake' in form) return fail([form.mistake]);
  if (form.payload['pipeline'] !== undefined && form.payload['image'] !== undefined) {
    return fail([
      { path: 'pipeline', message: 'stands in the place of an image: a payload has one of them' },
    ]);
  }
  const schema = form.payload['pipeline'] === undefined ? ImagePayload : PipelinePayload;
  const parsed = schema.safeParse(form.payload);
  const late = lateArtifacts(form.payload, expires);
  if (!parsed.success) return fail([...mistakesOf(parsed.error), ...late]);
  const { supersederUrl: _, ...sound } = parsed.data;
  const mistakes = [...late, ...sharedPaths(sound.cache), ...removedFeatures(sound.features)];
  return mistakes.length > 0 ? fail(mistakes) : ok(sound);
}

/** Looked at in the payload as it came, so that it is told beside what else is wrong. */
function lateArtifacts(payload: JsonObject, taskExpires: string): PayloadMistake[] {
  const artifacts: unknown = payload['artifacts'];
  if (typeof artifacts !== 'object' || artifacts === null) return [];
  return Object.entries(artifacts).flatMap(([name, artifact]: [string, unknown]) => {
    if (typeof artifact !== 'object' || artifact === null || !('expires' in artifact)) return [];
    const { expires } = artifact;
    if (typeof expires !== 'string' || !(Date.parse(expires) > Date.parse(taskExpires))) return [];
    const message = `the artifact expires at ${expires}, later than the task, which expires at ${taskExpires}`;
    return [{ path: pathText(['artifacts', name, 'expires']), message }];
  });
}

/** Two caches cannot be at one place. */
function sharedPaths(cache: Readonly<Record<string, string>>): PayloadMistake[] {
  const taken = new Map<string, string>();
  return Object.entries(cache).flatMap(([name, path]) => {
    const other = taken.get(plainPath(path));
    taken.set(plainPath(path), other ?? name);
    if (other === undefined) return [];
    return [
      { path: pathText(['cache', name]), message: `is where the cache ${JSON.stringify(other)} is too` },
    ];
  });
}

/** What the log says of it: the words that clients look for, then a list in JSON. */
export const mistakesText = (mistakes: readonly PayloadMistake[]): string =>
  `\`task.payload\` format is invalid json schema errors:\n${JSON.stringify(mistakes, undefined, 2)}`;
