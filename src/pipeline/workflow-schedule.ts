import type { GraphNode } from './workflow-graph.ts';

/** How a pipeline of a workflow ended; `skipped`: it never started. */
export type PipelineOutcome = 'passed' | 'failed' | 'interrupted' | 'skipped';

/** Where a workflow stands; what is in neither has not started. */
export interface WorkflowProgress {
  readonly running: ReadonlySet<string>;
  readonly ended: ReadonlyMap<string, PipelineOutcome>;
}

export interface SchedulePolicy {
  /** How many may run at once, from 1. */
  readonly limit: number;
  /** After a failure: `stop` starts nothing more; `go-on` starts what does not depend on it. */
  readonly afterFailure: 'stop' | 'go-on';
}

/**
 * The pipelines to start at this moment, in the order of the file: all of those whose requirements have passed, as far
 * as there is room. Asked again after each start and each end, it needs no waves: nothing waits for a pipeline that it
 * does not require.
 */
export function pipelinesToStart<Node extends GraphNode>(
  nodes: readonly Node[],
  { running, ended }: WorkflowProgress,
  { limit, afterFailure }: SchedulePolicy,
): readonly Node[] {
  if (afterFailure === 'stop' && [...ended.values()].some((outcome) => outcome !== 'passed')) return [];
  const ready = nodes.filter(
    ({ name, requires }) =>
      !running.has(name) &&
      !ended.has(name) &&
      requires.every((required) => ended.get(required) === 'passed'),
  );
  return ready.slice(0, Math.max(0, limit - running.size));
}

/** When a pipeline ended, in milliseconds of any clock that all share. */
export type EndTimes = ReadonlyMap<string, number>;

/**
 * The chain that decided how long the workflow took: back from the pipeline that ended last, at each step to the
 * requirement that ended last. In the order in which they ran; those that never ran are on no chain.
 */
export function criticalPath(nodes: readonly GraphNode[], endedAtMs: EndTimes): readonly string[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const path: string[] = [];
  for (
    let name = lastOf([...byName.keys()], endedAtMs);
    name !== undefined && !path.includes(name);
    name = lastOf(byName.get(name)?.requires ?? [], endedAtMs)
  )
    path.unshift(name);
  return path;
}

function lastOf(names: readonly string[], endedAtMs: EndTimes): string | undefined {
  let last: string | undefined;
  for (const name of names) {
    const time = endedAtMs.get(name);
    if (time !== undefined && (last === undefined || time > (endedAtMs.get(last) ?? 0))) last = name;
  }
  return last;
}
