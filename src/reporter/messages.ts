import type { RunEvent, RunPlanned } from '../kernel/index.ts';

/** What is sent to the server, by the last part of its address (docs/contracts/pipeline.md, "Reporting"). */
export type Message =
  | {
      readonly event: 'runstepstarted';
      readonly body: { readonly runId: string; readonly stepSafeId: string };
    }
  | { readonly event: 'runsteplogs'; readonly body: LogsBody }
  | { readonly event: 'runstepfinished'; readonly body: StepFinishedBody }
  | {
      readonly event: 'runstepsadded';
      readonly body: { readonly runId: string; readonly steps: readonly AddedStep[] };
    }
  | { readonly event: 'runfinished'; readonly body: { readonly runId: string; readonly result: Verdict } };

type Verdict = 'passed' | 'failed';

interface LogsBody {
  readonly runId: string;
  readonly stepSafeId: string;
  /** Base64. */
  readonly logs: string;
  readonly stream: string;
  /** From 1, within the step. */
  readonly chunk: number;
}

interface StepFinishedBody {
  readonly runId: string;
  readonly stepSafeId: string;
  readonly result: Verdict;
  readonly artifactUrl?: string;
  readonly message?: string;
  /** Of the set-up alone. */
  readonly werckerYamlContents?: string;
}

interface AddedStep {
  readonly stepSafeId: string;
  readonly name: string;
  readonly displayName?: string;
  readonly phase: 'mainSteps' | 'finalSteps';
}

/** The parts of a run that are no steps of the file, by the names that servers know. */
export const SETUP = 'setup environment';
export const INIT = 'wercker-init';
export const STORE = 'store';

/** All that will run: the preparation of the shell, the main steps, the storing of artifacts, the after-steps. */
export function addedSteps({ steps, artifacts }: RunPlanned): AddedStep[] {
  const written = steps.map(({ safeId, name, displayName, phase }): AddedStep => {
    const shown = displayName === name ? {} : { displayName };
    return { stepSafeId: safeId, name, ...shown, phase: phase === 'main' ? 'mainSteps' : 'finalSteps' };
  });
  const store: AddedStep[] = artifacts ? [{ stepSafeId: STORE, name: STORE, phase: 'mainSteps' }] : [];
  return [
    { stepSafeId: INIT, name: INIT, phase: 'mainSteps' },
    ...written.filter(({ phase }) => phase === 'mainSteps'),
    ...store,
    ...written.filter(({ phase }) => phase === 'finalSteps'),
  ];
}

export const asVerdict = (result: Extract<RunEvent, { type: 'step-finished' }>['result']): Verdict =>
  result === 'passed' ? 'passed' : 'failed';
