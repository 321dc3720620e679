import type { Diagnostic } from '../../kernel/index.ts';
import type { ListedRun, RunOutline } from '../../runner/index.ts';
import { CACHE_ARTIFACT_LINES, type CacheArtifactLines } from './cache-artifact-lines.ts';
import { CACHE_HEALTH_LINES, type CacheHealthLines } from './cache-health-lines.ts';
import { CACHE_PULL_LINES, type CachePullLines } from './cache-pull-lines.ts';
import { CACHE_REPOSITORY_LINES, type CacheRepositoryLines } from './cache-repository-lines.ts';
import { CACHE_WHY_LINES, type CacheWhyLines } from './cache-why-lines.ts';
import { choice, count, type Field, flag, list, object, optional, text, whole } from './field.ts';
import { GET_LINES, type GetLines } from './get-lines.ts';
import { IMAGE_BUILD_LINES, type ImageBuildLines } from './image-build-lines.ts';
import { IMAGE_CLUSTER_LINES, type ImageClusterLines } from './image-cluster-lines.ts';
import { KEPT_LINES, type KeptLines } from './kept-lines.ts';
import { LINK_LINES, type LinkLines } from './link-lines.ts';
import { OUTLINE } from './outline-field.ts';
import { PUSH_LINES, type PushLines } from './push-lines.ts';
import { REGISTRY_LINES, type RegistryLines } from './registry-lines.ts';
import { diagnostic } from './run-events.ts';
import { RUNNER_LINES, type RunnerLines } from './runner-lines.ts';
import { SERVER_LINES, type ServerLines } from './server-lines.ts';
import { type ShownDiff, type ShownHold, STATE_LINES } from './state-fields.ts';
import { STEP_LINES, type StepLines } from './step-lines.ts';
import { SUBMIT_LINES, type SubmitLines } from './submit-lines.ts';
import { TASK_LINES, type TaskLines } from './task-lines.ts';
import { WORKFLOW_LINES, type WorkflowLines } from './workflow-lines.ts';

/** What commands that run no pipeline answer with, beside what every line has. */
export interface CommandLines
  extends WorkflowLines,
    LinkLines,
    KeptLines,
    GetLines,
    ImageBuildLines,
    ImageClusterLines,
    CacheArtifactLines,
    CacheHealthLines,
    CachePullLines,
    CacheRepositoryLines,
    CacheWhyLines,
    PushLines,
    RegistryLines,
    RunnerLines,
    ServerLines,
    StepLines,
    SubmitLines,
    TaskLines {
  /** The command line is not understood, or the command could not do what it is for. */
  readonly error: {
    readonly code: 'usage' | 'unknown-command' | 'failed' | 'internal';
    readonly message: string;
    readonly hint?: string;
    readonly exitCode: number;
  };
  readonly 'config-checked': {
    readonly valid: boolean;
    readonly pipelines: readonly string[];
    readonly diagnostics: readonly Diagnostic[];
  };
  readonly cleaned: {
    readonly containers: number;
    readonly networks: number;
    readonly images: number;
    /** Of runs that kept what their steps left. */
    readonly states: number;
    /** Left because somebody wanted them to stay. */
    readonly kept: number;
    readonly temporaryFolders: number;
  };
  /** What one run kept. */
  readonly states: ListedRun;
  readonly 'state-diff': ShownDiff;
  /** The runs that wait for a decision. */
  readonly holds: { readonly holds: readonly ShownHold[] };
  /** What a held run does now. */
  readonly decided: { readonly runId: string; readonly message: string };
  /** What one pipeline would do. */
  readonly plan: RunOutline;
  /** A `wercker.yml` was written. */
  readonly initialised: { readonly kind: string; readonly file: string };
  readonly version: { readonly slipway: string; readonly node: string };
}

export const COMMAND_LINES: { readonly [T in keyof CommandLines]: Field<CommandLines[T]> } = {
  error: object({
    code: choice('usage', 'unknown-command', 'failed', 'internal'),
    message: text(),
    hint: optional(text('what to do')),
    exitCode: whole('what the program ends with'),
  }),
  'config-checked': object({
    valid: flag('whether there is no error'),
    pipelines: list(text()),
    diagnostics: list(diagnostic),
  }),
  cleaned: object({
    containers: count(),
    networks: count(),
    images: count(),
    states: count('what runs kept of their steps'),
    kept: count('left because somebody wanted them to stay'),
    temporaryFolders: count(),
  }),
  ...STATE_LINES,
  plan: OUTLINE,
  ...WORKFLOW_LINES,
  ...LINK_LINES,
  ...KEPT_LINES,
  ...GET_LINES,
  ...IMAGE_BUILD_LINES,
  ...IMAGE_CLUSTER_LINES,
  ...CACHE_ARTIFACT_LINES,
  ...CACHE_PULL_LINES,
  ...CACHE_HEALTH_LINES,
  ...CACHE_REPOSITORY_LINES,
  ...CACHE_WHY_LINES,
  ...PUSH_LINES,
  ...REGISTRY_LINES,
  ...RUNNER_LINES,
  ...SERVER_LINES,
  ...STEP_LINES,
  ...SUBMIT_LINES,
  ...TASK_LINES,
  initialised: object({ kind: text('what the project was taken for'), file: text() }),
  version: object({ slipway: text(), node: text() }),
};
