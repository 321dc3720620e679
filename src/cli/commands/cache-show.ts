import {
  CacheError,
  commitSize,
  listTree,
  type Ref,
  type Repository,
  readTreeFile,
} from '../../cache/index.ts';
import { type ArtifactKeys, readKeys } from '../cached-artifacts/artifact-metadata.ts';
import { artifactPage } from '../cached-artifacts/artifact-page.ts';
import { findRef } from '../cached-artifacts/find-ref.ts';
import { treeLine } from '../cached-artifacts/tree-lines.ts';
import { writeContent, writeOut } from '../cached-artifacts/write-out.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openCache } from '../open-cache.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createStyle, usesColour } from '../render/style.ts';

interface Shown {
  readonly context: CommandContext;
  readonly repository: Repository;
  readonly artifact: Ref;
}

/** What it says of itself; that it cannot be read is no reason not to show the rest. */
async function keysOf({ context, repository, artifact }: Shown): Promise<ArtifactKeys | undefined> {
  try {
    return await readKeys(repository, artifact.commit);
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    context.stderr.write(`warning: ${error.message}\n`);
    return undefined;
  }
}

async function showArtifact(shown: Shown): Promise<void> {
  const { context, repository, artifact } = shown;
  const { subject, body, timestampSeconds } = await repository.readCommit(artifact.commit);
  const keys = await keysOf(shown);
  const size = await commitSize(repository, artifact.commit);
  const committedAt = timestampSeconds * 1000;
  const described = { ...artifact, subject, committedAt, ...(keys !== undefined && { keys }) };
  if (wantsJson(context)) {
    context.stdout.write(
      commandLine('cache-artifact', { ...described, repository: repository.folder, ...size }),
    );
    return;
  }
  const style = createStyle(usesColour(context.stdout, context));
  const page = artifactPage({ ...described, body, size }, style, Date.now());
  context.stdout.write(`${page.join('\n')}\n\n`);
}

async function* entryLines(
  { context, repository, artifact }: Shown,
  subpath: string,
): AsyncGenerator<string, void> {
  const isJson = wantsJson(context);
  for await (const entry of listTree(repository, artifact.commit, { subpath })) {
    const { type: kind, mode, ...rest } = entry;
    yield isJson
      ? commandLine('cache-entry', { ref: artifact.ref, kind, mode: mode & 0o7777, ...rest })
      : `${treeLine(entry)}\n`;
  }
}

/** The content of a file. Gives whether the path leads to one. */
async function showFile({ context, repository, artifact }: Shown, path: string): Promise<boolean> {
  try {
    await using file = await readTreeFile(repository, artifact.commit, path);
    if (wantsJson(context))
      throw new UsageError('cache show REF FILE and --output json both take standard output');
    await writeContent(context, file.content);
    return true;
  } catch (error) {
    if (error instanceof CacheError && error.code === 'BAD_TREE' && /is a folder/.test(error.message))
      return false;
    throw error;
  }
}

/** `slipway cache show REF [PATH]` */
export async function cacheShow(context: CommandContext): Promise<number> {
  const [word, path] = context.positionals;
  if (word === undefined) throw new UsageError('cache show: name an artifact: slipway cache show REF [PATH]');
  await using cache = await openCache(context);
  const { repository } = cache;
  const shown: Shown = { context, repository, artifact: await findRef(repository, word) };
  if (path === undefined) await showArtifact(shown);
  else if (await showFile(shown, path)) return EXIT.passed;
  await writeOut(context, entryLines(shown, path ?? ''));
  return EXIT.passed;
}
