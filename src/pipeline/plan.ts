import type { Diagnostic } from '../kernel/index.ts';
import type { BoxSpec, StepSource } from './definition.ts';
import type { StepManifest } from './manifest.ts';

/** A pipeline resolved and validated: what will run, in order, with nothing left to look up in files. */
export interface Plan {
  readonly pipeline: string;
  readonly box: BoxSpec;
  readonly services: readonly BoxSpec[];
  readonly steps: readonly PlannedStep[];
  readonly afterSteps: readonly PlannedStep[];
  /** Absolute path in the box where the source is; `/pipeline/source` unless the file says otherwise. */
  readonly basePath: string;
  /** Absolute path in the box where steps start: the base path with `source-dir`. */
  readonly sourceDir: string;
  readonly docker: boolean;
  readonly commandTimeoutMs: number;
  readonly noResponseTimeoutMs: number;
  /** What a person should know before it starts: unknown target, unknown properties. */
  readonly warnings: readonly Diagnostic[];
}

/** What was found out about a step of a file; empty for script and internal steps. */
export interface ResolvedStep {
  /** The step's files on this machine. */
  readonly folder?: string;
  readonly manifest?: StepManifest;
  /** The version that was found for what the file asks for; absent: the manifest's own. */
  readonly version?: string;
}

/** A step with everything that the runner needs to run it. */
export interface PlannedStep {
  /** `<name>-<uuid4>`: its folder in the box and in the run folder. */
  readonly safeId: string;
  readonly owner: string;
  readonly name: string;
  /** Empty where the step has none. */
  readonly version: string;
  readonly displayName: string;
  readonly source: StepSource;
  /** The step's files on this machine; absent for script and internal steps. */
  readonly folder?: string;
  readonly cwd?: string;
  readonly checkpoint?: string;
  /** As the file gives them, unexpanded, without defaults: what an internal step works with. */
  readonly properties: ReadonlyMap<string, string>;
  /** `WERCKER_<STEP>_<PROP>` in order, defaults included; `$NAME` and `${NAME}` in values expand in the box. */
  readonly environment: readonly StepVariable[];
}

/** After the step the runner unsets it, so that a later step of the same name does not see it. */
export interface StepVariable {
  readonly name: string;
  readonly value: string;
  readonly secret: boolean;
}
