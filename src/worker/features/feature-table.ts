import { missingScopes } from '../../auth/index.ts';
import { isRemovedFeature, mistakesText } from '../payload/index.ts';
import type { FeatureName } from '../settings.ts';
import { type ActiveFeature, type Feature, TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { allowPtrace } from './allow-ptrace.ts';
import { bulkLog } from './bulk-log.ts';
import { capabilities } from './capabilities.ts';
import { chainOfTrust } from './chain-of-trust.ts';
import type { DevicePool } from './devices/device-pool.ts';
import { dind } from './dind.ts';
import { dockerSave } from './docker-save.ts';
import { encryptedEnv } from './encrypted-env.ts';
import { logsJson } from './first-form/logs-json.ts';
import { resultJson } from './first-form/result-json.ts';
import { liveLog } from './live-log/live-log.ts';
import { taskclusterProxy } from './proxy/taskcluster-proxy.ts';
import { isPipeline, requestedFeatures } from './read-payload.ts';
import { interactive } from './shell/interactive.ts';

/** What is at work for a run. */
export interface StartedFeatures {
  /** In the order in which their hooks are called. */
  readonly active: readonly ActiveFeature[];
  /** Why the run fails before anything else is done; `active` are then those that keep its log. */
  readonly problem?: TaskFailure;
}

/** The features of a worker. */
export interface FeatureTable {
  /** Chooses those of a run, by its payload, its scopes and what the operator allows. Throws nothing. */
  start(task: TaskContext): StartedFeatures;
}

export interface FeatureTableOptions {
  /** Uploads what the payload asks for. */
  readonly artifacts: Feature;
  readonly devices: DevicePool;
}

/** Features of the first form by the name that they have now. */
const OLDER_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['azureLivelog', ['localLiveLog', 'azureLivelog']],
  ['azureLiveLog', ['localLiveLog', 'azureLivelog']],
  ['extractArtifacts', ['artifacts']],
]);

/** Which switch of the operator counts for a feature that has none of its own. */
const SWITCH: Readonly<Record<string, FeatureName>> = { azureLivelog: 'localLiveLog' };

const LOGS: ReadonlySet<string> = new Set(['localLiveLog', 'bulkLog', 'azureLivelog', 'bufferLog']);

export function createFeatureTable({ artifacts, devices }: FeatureTableOptions): FeatureTable {
  const all: readonly Feature[] = [
    liveLog,
    bulkLog,
    logsJson,
    artifacts,
    taskclusterProxy,
    interactive,
    chainOfTrust,
    allowPtrace,
    dind,
    dockerSave,
    resultJson,
  ];
  return {
    start(task) {
      const wanted = wantedFeatures(task);
      const chosen = all.filter(
        (each) => isEnabled(task, each.name) && (wanted.get(each.name) ?? each.default),
      );
      const problem = problemOf(task, wanted, all);
      if (problem !== undefined) {
        const logs = chosen.filter(({ name }) => LOGS.has(name));
        return { active: logs.map((feature) => feature.start(task)), problem };
      }
      const implied = [capabilities(task, devices), encryptedEnv(task)].filter((each) => each !== undefined);
      return { active: [...chosen.map((feature) => feature.start(task)), ...implied] };
    },
  };
}

/** `payload.features` by today's names. */
function wantedFeatures(task: TaskContext): ReadonlyMap<string, boolean> {
  const wanted = new Map<string, boolean>();
  for (const [name, flag] of requestedFeatures(task))
    for (const each of OLDER_NAMES.get(name) ?? [name]) wanted.set(each, flag);
  return wanted;
}

function isEnabled({ settings }: TaskContext, name: string): boolean {
  const switches: Readonly<Record<string, boolean | undefined>> = settings.features;
  return switches[SWITCH[name] ?? name] ?? false;
}

/** What is asked for with `false` is not asked for, whatever it is. */
function problemOf(
  task: TaskContext,
  wanted: ReadonlyMap<string, boolean>,
  all: readonly Feature[],
): TaskFailure | undefined {
  // What was removed long ago is told by the check of the payload.
  const names = [...wanted].flatMap(([name, flag]) => (flag && !isRemovedFeature(name) ? [name] : []));
  const unknown = names.filter((name) => all.every((each) => each.name !== name));
  const off = names.filter((name) => !unknown.includes(name) && !isEnabled(task, name));
  const problems = [
    ...unknown.slice(0, SHOWN_NAMES).map((name) => `${shown(name)} is not part of valid features`),
    ...off.map((name) => `the feature ${name} is switched off on this worker`),
    ...all.flatMap((each) => (names.includes(each.name) ? missing(task, each) : [])),
  ];
  if (problems.length === 0) return problemOfPipeline(task, names);
  return new TaskFailure(
    `Task was aborted because states could not be created successfully. ${problems.join('; ')}.`,
  );
}

/** What changes, watches or keeps the one container that an image's command runs in. */
const FOR_CONTAINERS: ReadonlySet<string> = new Set([
  'taskclusterProxy',
  'interactive',
  'allowPtrace',
  'dind',
  'dockerSave',
]);

function problemOfPipeline(task: TaskContext, names: readonly string[]): TaskFailure | undefined {
  const useless = isPipeline(task) ? names.filter((name) => FOR_CONTAINERS.has(name)) : [];
  if (useless.length === 0) return undefined;
  const mistakes = useless.map((name) => ({
    path: `features.${name}`,
    message: 'is for containers of images',
  }));
  return new TaskFailure(mistakesText(mistakes), { exception: 'malformed-payload' });
}

const SHOWN_NAMES = 10;
const SHOWN_CHARACTERS = 60;

/** A name as somebody wrote it, for one line. */
const shown = (name: string): string => JSON.stringify(name.slice(0, SHOWN_CHARACTERS));

function missing({ scopes }: TaskContext, { name, scopes: needed = [] }: Feature): string[] {
  if (missingScopes(scopes, { AllOf: needed }) === undefined) return [];
  return [`Insufficient scopes to use the feature ${name}: task.scopes must have ${needed.join(' and ')}`];
}
