import type { WorkerConfiguration } from './schema.ts';

/** Keys of docker-worker that are taken and change nothing, each with why. */
const WITHOUT_MEANING: Readonly<Record<string, string>> = {
  'taskQueue.pollInterval': 'tasks are claimed as soon as a slot is free',
  'garbageCollection.containerExpiration': 'only containers of tasks are removed, and those at once',
  'garbageCollection.interval': 'sweeps have their own time',
  'garbageCollection.dockerVolume': 'dockerVolume is the folder that is measured',
  'deviceManagement.cpu': 'restrictCPU gives each task a core',
  'interactive.artifactName': 'the name of the artifact is fixed',
};

/** The given keys that have no meaning here: `key: why` each. */
export function keysWithoutMeaning(configuration: WorkerConfiguration): readonly string[] {
  const given = Object.entries(configuration).flatMap(([section, value]) =>
    typeof value === 'object' && value !== null ? Object.keys(value).map((key) => `${section}.${key}`) : [],
  );
  return given.filter((key) => key in WITHOUT_MEANING).map((key) => `${key}: ${WITHOUT_MEANING[key]}`);
}
