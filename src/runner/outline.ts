import type { RunRequest } from './request.ts';

/** A variable or property; a secret one has no value here. */
export interface OutlinedValue {
  readonly name: string;
  /** As it is written where it is filled in only in the box. */
  readonly value: string;
  readonly secret: boolean;
}

/** A box or a service. */
export interface OutlinedContainer {
  /** Its name in the network; empty for the box. */
  readonly name: string;
  readonly image: string;
  /** Whom it runs as; absent: root for the box, the image's own for a service. */
  readonly user?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment: readonly OutlinedValue[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  /** When a service counts as ready, in words. */
  readonly ready?: string;
}

export interface OutlinedStep {
  readonly displayName: string;
  readonly owner: string;
  readonly name: string;
  /** Empty where the step has none. */
  readonly version: string;
  readonly origin: 'script' | 'built-in' | 'folder' | 'url' | 'registry';
  /** The folder, the address or the wanted version; absent for the others. */
  readonly from?: string;
  readonly cwd?: string;
  readonly checkpoint?: string;
  /** Of a script. */
  readonly code?: string;
  readonly properties: readonly OutlinedValue[];
  /** What it exports beside the environment of the run. */
  readonly environment: readonly OutlinedValue[];
}

/** What would run, in order, without secrets. */
export interface RunOutline {
  readonly pipeline: string;
  readonly kind: RunRequest['kind'];
  readonly file: string;
  /** Of the pipeline, for `--deploy-target`. */
  readonly targets: readonly string[];
  /** The one whose steps these are; absent: the pipeline's own. */
  readonly target?: string;
  readonly box: OutlinedContainer;
  readonly services: readonly OutlinedContainer[];
  readonly basePath: string;
  readonly sourceDir: string;
  readonly docker: boolean;
  readonly commandTimeoutMs: number;
  readonly noResponseTimeoutMs: number;
  readonly environment: readonly OutlinedValue[];
  readonly steps: readonly OutlinedStep[];
  readonly afterSteps: readonly OutlinedStep[];
}
