/** What may stand at the top of a file, pipelines aside. */
export const TOP_LEVEL_KEYS = [
  'box',
  'services',
  'command-timeout',
  'no-response-timeout',
  'source-dir',
  'ignore-file',
  'workflows',
] as const;

/** What may stand in a pipeline, deploy targets aside. */
export const PIPELINE_KEYS = ['box', 'services', 'steps', 'after-steps', 'base-path', 'docker'] as const;

/** Keys of a step's data that say how it runs; the step itself never sees them. */
export const RESERVED_STEP_KEYS = ['name', 'cwd', 'checkpoint'] as const;

/** The steps that are part of Slipway, with the names that they are shown by. */
export const INTERNAL_STEPS: ReadonlyMap<string, string> = new Map([
  ['internal/docker-push', 'docker push'],
  ['internal/docker-scratch-push', "docker scratch'n'push"],
  ['internal/docker-build', 'docker build'],
  ['internal/docker-run', 'docker run'],
  ['internal/docker-kill', 'docker kill'],
  ['internal/watch', 'watch'],
  ['internal/shell', 'shell'],
  ['internal/store-container', 'store container'],
  ['internal/publish-step', 'publish-step'],
]);

/** Internal steps whose `name` is a container's, not the one that they are shown by. */
export const CONTAINER_NAMED_STEPS: readonly string[] = ['internal/docker-run', 'internal/docker-kill'];

/** Each is a way to find out that a service is ready; `ready` has one of them. */
export const READY_PROBE_KEYS = ['tcp', 'http', 'command', 'log'] as const;

/** What may stand in a service's `ready`. */
export const READY_KEYS = [...READY_PROBE_KEYS, 'port', 'status', 'timeout'] as const;

/** What may stand in a workflow. */
export const WORKFLOW_KEYS = ['name', 'pipelines'] as const;

/** What may stand in a pipeline of a workflow. */
export const WORKFLOW_PIPELINE_KEYS = [
  'name',
  'pipelineName',
  'requires',
  'artifactPipeline',
  'envFile',
] as const;
