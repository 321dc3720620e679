import { suggest } from '../../kernel/index.ts';
import type { Report } from '../report.ts';
import { cyclesOf, rootsOf } from '../workflow-graph.ts';
import { short } from '../yaml/node.ts';
import type { Span } from '../yaml/source.ts';
import type { PlacedPipeline } from './workflow-pipeline.ts';

/** What of the file a workflow may name. */
export interface WorkflowSurroundings {
  /** Also those that are wrong in themselves. */
  readonly pipelineNames: readonly string[];
}

interface CheckedWorkflow extends WorkflowSurroundings {
  readonly name: string;
  readonly at: Span;
  readonly pipelines: readonly PlacedPipeline[];
}

interface Found {
  readonly code: string;
  readonly message: string;
  readonly at: Span;
  readonly hint?: string | undefined;
}

/** Finds all that keeps a workflow from running; the sentences are the original's where it has one. */
export function checkWorkflow(workflow: CheckedWorkflow, report: Report): void {
  const prefix = `invalid workflow ${short(workflow.name)}: `;
  const found = [
    ...duplicates(workflow),
    ...undefinedPipelines(workflow),
    ...missingRequirements(workflow),
    ...badInputs(workflow),
    ...missingRoot(workflow),
    ...cycles(workflow),
  ];
  for (const mistake of found) report.error({ ...mistake, message: prefix + mistake.message });
  const doubtful = found.length === 0 ? severalRoots(workflow) : [];
  for (const mistake of doubtful) report.warn({ ...mistake, message: prefix + mistake.message });
}

const didYouMean = (word: string, candidates: Iterable<string>): string | undefined => {
  const near = suggest(word, candidates);
  return near === undefined ? undefined : `did you mean "${near}"?`;
};

function duplicates({ pipelines }: CheckedWorkflow): Found[] {
  const seen = new Set<string>();
  return pipelines.flatMap(({ pipeline: { name }, nameAt }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const hint = 'give it a name of its own; "pipelineName" says which pipeline of the file it is';
    return [{ code: 'duplicate-pipeline', message: `duplicate pipeline ${short(name)}`, at: nameAt, hint }];
  });
}

function undefinedPipelines({ pipelines, pipelineNames }: CheckedWorkflow): Found[] {
  const known = new Set(pipelineNames);
  return pipelines.flatMap(({ pipeline: { pipelineName }, pipelineNameAt }) => {
    if (known.has(pipelineName)) return [];
    const message = `pipeline ${short(pipelineName)} is not defined`;
    const hint = didYouMean(pipelineName, known) ?? listed('the file has', pipelineNames);
    return [{ code: 'undefined-pipeline', message, at: pipelineNameAt, hint }];
  });
}

const SHOWN_NAMES = 20;

const listed = (introduction: string, names: readonly string[]): string | undefined =>
  names.length === 0 || names.length > SHOWN_NAMES
    ? undefined
    : `${introduction} ${names.map(short).join(', ')}`;

function missingRequirements({ pipelines }: CheckedWorkflow): Found[] {
  const names = new Set(pipelines.map(({ pipeline }) => pipeline.name));
  return pipelines.flatMap(({ pipeline, requiresAt }) =>
    [...requiresAt].flatMap(([required, at]) => {
      if (names.has(required)) return [];
      const message = `no pipeline ${short(required)} required by ${short(pipeline.name)}`;
      const hint = didYouMean(required, names) ?? listed('the workflow has', [...names]);
      return [{ code: 'missing-requirement', message, at, hint }];
    }),
  );
}

/** Where the source of a pipeline cannot be put together. */
function badInputs({ pipelines }: CheckedWorkflow): Found[] {
  return pipelines.flatMap((placed) => [...foreignArtifact(placed), ...badFolderNames(placed)]);
}

function foreignArtifact({ pipeline, artifactPipelineAt: at }: PlacedPipeline): Found[] {
  const { artifactPipeline, requires, name } = pipeline;
  if (at === undefined || artifactPipeline === undefined || requires.includes(artifactPipeline)) return [];
  const message = `artifactPipeline ${short(artifactPipeline)} is not required by ${short(name)}`;
  const hint = didYouMean(artifactPipeline, requires) ?? 'name it in "requires" as well';
  return [{ code: 'artifact-not-required', message, at, hint }];
}

/** Of several required pipelines each one's output is a folder with its name. */
function badFolderNames({ pipeline, requiresAt }: PlacedPipeline): Found[] {
  if (requiresAt.size < 2 || pipeline.artifactPipeline !== undefined) return [];
  return [...requiresAt].flatMap(([required, at]) => {
    if (isFolderName(required)) return [];
    const message = `${short(required)} cannot be the name of a folder in the source of ${short(pipeline.name)}`;
    const hint = 'give that pipeline another "name", or choose one output with "artifactPipeline"';
    return [{ code: 'bad-name', message, at, hint }];
  });
}

const MAX_NAME_BYTES = 255; // of every usual file system

function isFolderName(name: string): boolean {
  if (name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return false;
  return new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
}

const graphOf = ({ pipelines }: CheckedWorkflow) => pipelines.map(({ pipeline }) => pipeline);

function missingRoot(workflow: CheckedWorkflow): Found[] {
  if (workflow.pipelines.length === 0 || rootsOf(graphOf(workflow)).length > 0) return [];
  const hint = 'one pipeline has to start from the project: leave out its "requires"';
  return [{ code: 'no-root', message: 'no root pipeline', at: workflow.at, hint }];
}

/** What the original refuses and is no trouble here. */
function severalRoots(workflow: CheckedWorkflow): Found[] {
  const roots = rootsOf(graphOf(workflow));
  if (roots.length < 2) return [];
  const message = `multiple root pipelines: ${roots.slice(0, SHOWN_NAMES).map(short).join(', ')}`;
  const hint = 'each of them starts from the project; the original CLI takes one root only';
  return [{ code: 'multiple-roots', message, at: workflow.at, hint }];
}

function cycles(workflow: CheckedWorkflow): Found[] {
  const byName = new Map(workflow.pipelines.map((placed) => [placed.pipeline.name, placed]));
  return cyclesOf(graphOf(workflow)).map((cycle) => {
    const [first = ''] = cycle;
    const last = cycle.at(-2) ?? first;
    const at = byName.get(first)?.requiresAt.get(last) ?? workflow.at;
    const hint = `take ${short(last)} out of what ${short(first)} requires`;
    return { code: 'cycle', message: `contains cycle ${shownCycle(cycle)}`, at, hint };
  });
}

function shownCycle(cycle: readonly string[]): string {
  if (cycle.length <= SHOWN_NAMES) return cycle.map(short).join(' -> ');
  const half = SHOWN_NAMES / 2;
  return [...cycle.slice(0, half), '…', ...cycle.slice(-half)].map(short).join(' -> ');
}
