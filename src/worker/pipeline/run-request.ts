import { newRunId } from '../../kernel/index.ts';
import type { RunRequest } from '../../runner/index.ts';
import type { PipelineRun } from '../task/pipeline-run.ts';
import type { TaskContext } from '../task/task-context.ts';
import type { PipelineFolders } from './folders.ts';
import type { PipelinePayload } from './schema.ts';

const MIB = 1024 * 1024;

/** As `slipway build` has them, where a line says nothing else. */
const BASE_URL = 'https://app.wercker.com';
const STEP_REGISTRY = 'https://steps.wercker.com';

/** What every task is told of itself; a pipeline sees it under the same names. */
const OF_THE_TASK = ['TASK_ID', 'RUN_ID', 'TASK_GROUP_ID', 'TASKCLUSTER_ROOT_URL'];

/** The variables as `slipway build` would have them: `X_NAME` becomes `NAME` in the box, `XXX_NAME` is a secret. */
function hostEnvironment({ environment }: PipelineRun): ReadonlyMap<string, string> {
  const own = OF_THE_TASK.flatMap((name): [string, string][] => {
    const value = environment[name];
    return value === undefined ? [] : [[`X_${name}`, value]];
  });
  return new Map([...own, ...Object.entries(environment)]);
}

/** The request that `slipway build` would make of the same source, kept to it and to what the operator allows. */
export function pipelineRunRequest(
  task: TaskContext,
  {
    run,
    payload,
    folders,
  }: { readonly run: PipelineRun; readonly payload: PipelinePayload; readonly folders: PipelineFolders },
): RunRequest {
  const { settings } = task;
  const { name, kind, deployTarget, application, git, artifacts, options } = payload;
  const { configFile, ignoreFile } = options;
  const { ownerName = 'slipway', startedByName = ownerName } = application;
  return {
    kind,
    pipeline: name,
    ...(deployTarget !== undefined && { deployTarget }),
    runId: newRunId(),
    source: { type: 'folder', folder: folders.source, ownCopy: true },
    workingDir: folders.working,
    ...(configFile !== undefined && { configFile: `${folders.source}/${configFile}` }),
    ...(ignoreFile !== undefined && { ignoreFile }),
    defaultFile: options.defaultFile,
    currentFolder: folders.source,
    application: { id: application.id, name: application.name, ownerName, startedByName },
    git,
    hostEnvironment: hostEnvironment(run),
    baseUrl: BASE_URL,
    stepRegistry: { url: STEP_REGISTRY, allowFolders: true },
    images: { pull: options.pull },
    box: {
      directMount: false,
      exposePorts: false,
      enableVolumes: settings.pipelineAllow.includes('volumes'),
      readOnlyMounts: false,
      lastBuildBox: false,
      publish: [],
      dns: [],
      ...(settings.memoryBytes !== undefined && { memoryMb: Math.floor(settings.memoryBytes / MIB) }),
    },
    limits: {
      commandTimeoutMinutes: options.commandTimeoutMinutes,
      noResponseTimeoutMinutes: options.noResponseTimeoutMinutes,
      artifactBytes: options.artifactLimitMib * MIB,
      cacheBytes: options.cacheLimitMib * MIB,
    },
    sourceDir: options.sourceDir,
    artifacts,
    serviceLogs: options.verbose,
    noRemove: false,
    afterStepsOnInterrupt: false,
    containerRegistry: 'https://wcr.io/v2/',
    fleet: { root: folders.source, allow: settings.pipelineAllow },
  };
}
