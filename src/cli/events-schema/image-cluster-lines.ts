import { choice, count, type Field, object, optional, text } from './field.ts';

/** What `image clean-jobs` and `image update-buildkitd` answer. */
export interface ImageClusterLines {
  /** One Job of a build that is gone. */
  readonly 'build-job-removed': {
    readonly namespace: string;
    readonly jobName: string;
    readonly state: 'running' | 'succeeded' | 'failed';
    readonly buildId?: string;
    readonly user?: string;
    readonly target?: string;
  };
  readonly 'build-jobs-cleaned': {
    readonly namespace: string;
    readonly removed: number;
    readonly goingOn: number;
  };
  readonly 'buildkitd-updated': {
    readonly namespace: string;
    readonly name: string;
    readonly result: 'created' | 'changed' | 'same';
  };
}

export const IMAGE_CLUSTER_LINES: { readonly [T in keyof ImageClusterLines]: Field<ImageClusterLines[T]> } = {
  'build-job-removed': object({
    namespace: text(),
    jobName: text(),
    state: choice('running', 'succeeded', 'failed'),
    buildId: optional(text()),
    user: optional(text()),
    target: optional(text('user:image-tag')),
  }),
  'build-jobs-cleaned': object({
    namespace: text(),
    removed: count(),
    goingOn: count('left alone, because they go on'),
  }),
  'buildkitd-updated': object({
    namespace: text(),
    name: text('the ConfigMap'),
    result: choice('created', 'changed', 'same'),
  }),
};
