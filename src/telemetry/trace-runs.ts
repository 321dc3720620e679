import type { RunEvent } from '../kernel/index.ts';
import type { Span, SpanFacts, SpanOptions } from './telemetry.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

type RunSpanOptions = Pick<SpanOptions, 'facts' | 'startedAt'>;

interface TracedRun {
  readonly span: Span;
  /** What goes on, by its name. */
  readonly parts: Map<string, Span>;
}

const startFacts = (event: Of<'run-started'>): SpanFacts => ({
  'slipway.run_id': event.runId,
  'slipway.application': event.application.name,
  'slipway.pipeline': event.pipeline,
  'slipway.run_kind': event.kind,
  'vcs.ref.head.revision': event.git?.commit,
  'vcs.ref.head.name': event.git?.branch,
});

/** Makes spans of the events of runs: each run by `start`, and as its parts the work around its steps, and each step. */
export function traceRuns(start: (name: string, options: RunSpanOptions) => Span): {
  readonly see: (event: RunEvent) => void;
} {
  const runs = new Map<string, TracedRun>();

  function begin(event: Of<'run-started'>): void {
    const outer = event.partOf === undefined ? undefined : runs.get(event.partOf)?.span;
    const options = { facts: startFacts(event), startedAt: event.at };
    const name = `run ${event.pipeline}`;
    const span = outer === undefined ? start(name, options) : outer.part(name, options);
    runs.set(event.runId, { span, parts: new Map() });
  }

  function beginPart({ span, parts }: TracedRun, name: string, at: number, facts: SpanFacts = {}): void {
    parts.set(name, span.part(name, { startedAt: at, facts }));
  }

  function endPart({ parts }: TracedRun, name: string, at: number, failure: string | undefined): void {
    const part = parts.get(name);
    if (failure !== undefined) part?.fail(failure);
    part?.end(at);
    parts.delete(name);
  }

  function finish({ span, parts }: TracedRun, event: Of<'run-finished'>): void {
    for (const part of parts.values()) part.end(event.at);
    span.add({ 'slipway.result': event.result, 'slipway.cached_from': event.cachedFrom?.runId });
    if (event.result !== 'passed') span.fail(event.message ?? event.result);
    span.end(event.at);
    runs.delete(event.runId);
  }

  function finishStep(run: TracedRun, event: Of<'step-finished'>): void {
    const name = stepName(event);
    run.parts.get(name)?.add({
      'slipway.result': event.result,
      'process.exit.code': event.exitCode,
    });
    const isWell = event.result === 'passed' || event.result === 'skipped';
    endPart(run, name, event.at, isWell ? undefined : (event.message ?? event.result));
  }

  return {
    see(event) {
      if (event.type === 'run-started') begin(event);
      const run = runs.get(event.runId);
      if (run === undefined) return;
      switch (event.type) {
        case 'phase-started':
          return beginPart(run, event.phase, event.at);
        case 'phase-finished':
          return endPart(run, event.phase, event.at, event.result === 'failed' ? 'failed' : undefined);
        case 'step-started':
          return beginPart(run, stepName(event), event.at, {
            'slipway.step': event.safeId,
            'slipway.step_phase': event.phase,
          });
        case 'step-finished':
          return finishStep(run, event);
        case 'cache-hit':
          return run.span.add({ 'slipway.cache_key': event.key });
        case 'run-finished':
          return finish(run, event);
        default:
          return undefined;
      }
    },
  };
}

const stepName = ({ displayName }: { readonly displayName: string }): string => `step ${displayName}`;
