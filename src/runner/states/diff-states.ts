import { type Engine, EngineError } from '../../engine/index.ts';
import { diffFiles, type FileChange } from './diff-files.ts';
import { diffShells, type ShellChange } from './diff-shells.ts';
import { type FoundState, findRun, hasStates, loadState, stateIndex } from './find-state.ts';
import { type ImageFiles, type ReadOptions, readImageFiles } from './image-files.ts';
import type { StatesRecord } from './record.ts';

export interface StateDiff {
  readonly files: readonly FileChange[];
  readonly shell: readonly ShellChange[];
  /** What either state lacks because it holds a secret: it may have changed. */
  readonly omitted: readonly string[];
  /** Of the files whose content was asked for; absent where a state has no such file. */
  readonly contents: ReadonlyMap<string, { readonly before?: Buffer; readonly after?: Buffer }>;
}

export interface DiffRequest {
  readonly workingDir: string;
  /** `STEP`, `start`, or either behind `RUN:`. */
  readonly before: string;
  readonly after: string;
  /** Absolute paths in the box. */
  readonly contents?: readonly string[];
}

interface NamedState {
  readonly runId?: string;
  readonly name: string;
}

/** A step's name may hold colons itself: only what is a run's id before one counts. */
function parseName(text: string): NamedState {
  const [, runId, name] = /^([0-9a-f]{24}):([\s\S]+)$/.exec(text) ?? [];
  return runId === undefined || name === undefined ? { name: text } : { runId, name };
}

/** Where no run is named, the newest that has both. */
async function find(
  { engine, workingDir, all }: { engine: Engine; workingDir: string; all: readonly NamedState[] },
  { runId, name }: NamedState,
): Promise<FoundState> {
  const names = all.filter((one) => one.runId === undefined).map((one) => one.name);
  const preferred = (record: StatesRecord): boolean => hasStates(record, names);
  const record = await findRun(workingDir, runId, { preferred });
  return await loadState(engine, workingDir, { record, index: stateIndex(record, name) });
}

async function filesOf(engine: Engine, { image }: FoundState, options: ReadOptions): Promise<ImageFiles> {
  const archive = await engine.saveImage(image.reference);
  if (archive === undefined) {
    throw new EngineError('IMAGE_NOT_FOUND', `the engine no longer has the image ${image.reference}`);
  }
  return await readImageFiles(archive, options);
}

/** What changed between two kept states. Throws `RunError`, `EngineError`. */
export async function diffStates(engine: Engine, request: DiffRequest): Promise<StateDiff> {
  const { workingDir } = request;
  const all = [parseName(request.before), parseName(request.after)] as const;
  const [before, after] = await Promise.all([
    find({ engine, workingDir, all }, all[0]),
    find({ engine, workingDir, all }, all[1]),
  ]);
  const wanted = new Set(request.contents);
  // One after the other: most of their layers are the same, and are read only once.
  const options = { wanted, known: new Map() };
  const old = await filesOf(engine, before, options);
  const now = await filesOf(engine, after, options);
  const contents = [...wanted].map((path) => {
    const [one, other] = [old.contents.get(path), now.contents.get(path)];
    return [path, { ...(one && { before: one }), ...(other && { after: other }) }] as const;
  });
  return {
    files: diffFiles(old.files, now.files),
    shell: diffShells(before.shell, after.shell),
    omitted: [...new Set([...before.state.omitted, ...after.state.omitted])],
    contents: new Map(contents),
  };
}
