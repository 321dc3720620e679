import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowPipeline } from '../pipeline/index.ts';
import type { RunSource, SourceFolder } from '../runner/index.ts';

/** Where the runs of a workflow left their files, by the pipelines' names within it. */
export type RunFolders = ReadonlyMap<string, string>;

async function outputFolder(folders: RunFolders, name: string): Promise<SourceFolder> {
  const run = folders.get(name);
  if (run === undefined) throw new Error(`the pipeline ${name} has not run`);
  const folder = join(run, 'output');
  const found = await stat(folder).catch(() => undefined);
  return found?.isDirectory() ? { name, folder } : { name };
}

/** A pipeline's source, and of which pipelines there was nothing to take. */
export interface PipelineInput {
  readonly source: RunSource;
  readonly missing: readonly string[];
}

/**
 * What a pipeline works on: the project for one that requires nothing, the output of the one that it requires or that
 * `artifactPipeline` names, and of several a folder each, called after the pipeline (docs/contracts/pipeline.md,
 * "Workflows").
 */
export async function pipelineInput(
  { requires, artifactPipeline }: WorkflowPipeline,
  project: RunSource,
  folders: RunFolders,
): Promise<PipelineInput> {
  if (requires.length === 0) return { source: project, missing: [] };
  const wanted = artifactPipeline === undefined ? requires : [artifactPipeline];
  const outputs = await Promise.all(wanted.map((name) => outputFolder(folders, name)));
  const missing = outputs.filter(({ folder }) => folder === undefined).map(({ name }) => name);
  const [only] = outputs;
  if (outputs.length > 1 || only === undefined)
    return { source: { type: 'folders', folders: outputs }, missing };
  const { folder } = only;
  if (folder === undefined) return { source: { type: 'folders', folders: [] }, missing };
  return { source: { type: 'folder', folder, ownCopy: true }, missing };
}
