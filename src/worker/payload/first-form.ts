import type { Json, JsonObject } from '../../queue-api/index.ts';
import type { PayloadMistake } from './mistakes.ts';
import { pathText } from './mistakes.ts';

/** What only the first form of the payload had. `metrics` went to a service that is no more. */
const FIRST_FEATURES = new Set(['bufferLog', 'azureLivelog', 'azureLiveLog', 'extractArtifacts', 'metrics']);
/** What only later forms have; `env` and `maxRunTime` are taken in both. */
const LATER_FIELDS = [
  'cache',
  'capabilities',
  'encryptedEnv',
  'log',
  'onExitStatus',
  'pipeline',
  'supersederUrl',
];

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const entriesOf = (value: Json | undefined): [string, Json][] =>
  isObject(value) ? Object.entries(value) : [];

/** Where a payload says something that only its first form knows. */
function firstFormPaths(payload: JsonObject): string[] {
  const artifacts = entriesOf(payload['artifacts']).filter(([, value]) => typeof value === 'string');
  const features = entriesOf(payload['features']).filter(([name]) => FIRST_FEATURES.has(name));
  return [
    ...artifacts.map(([name]) => pathText(['artifacts', name])),
    ...features.map(([name]) => pathText(['features', name])),
  ];
}

function laterPaths(payload: JsonObject): string[] {
  const artifacts = entriesOf(payload['artifacts']).filter(([, value]) => isObject(value));
  const features = entriesOf(payload['features']).filter(([name]) => !FIRST_FEATURES.has(name));
  return [
    ...LATER_FIELDS.filter((name) => payload[name] !== undefined),
    ...(isObject(payload['image']) ? ['image'] : []),
    ...artifacts.map(([name]) => pathText(['artifacts', name])),
    ...features.map(([name]) => pathText(['features', name])),
  ];
}

/**
 * The payload in the v1 form: as it is, or mapped from the first form, which is told by what only that had. A mistake where
 * it has something of both.
 */
export function fromFirstForm(
  payload: JsonObject,
  defaultMaxRunTimeSeconds: number,
): { readonly payload: JsonObject } | { readonly mistake: PayloadMistake } {
  const [first] = firstFormPaths(payload);
  if (first === undefined) return { payload };
  const [later] = laterPaths(payload);
  if (later !== undefined) {
    const message = `belongs to the first form of the payload, ${later} to a later one: a payload has one form`;
    return { mistake: { path: first, message } };
  }
  return { payload: mapped(payload, defaultMaxRunTimeSeconds) };
}

function mapped(payload: JsonObject, defaultMaxRunTimeSeconds: number): JsonObject {
  const artifacts = entriesOf(payload['artifacts']).map(([name, path]) => [name, { type: 'file', path }]);
  return {
    maxRunTime: defaultMaxRunTimeSeconds,
    ...payload,
    ...(isObject(payload['artifacts']) && { artifacts: Object.fromEntries(artifacts) }),
  };
}
