import { createContentCache, DownloadRefusal, type OpenedContent, openAsked } from '../../download/index.ts';
import { type FetchSource, safeName } from '../../download-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { namedArtifact } from '../find-artifact.ts';
import { findRun } from '../find-run.ts';
import { openKeptStores } from '../kept-stores.ts';
import { shownText } from '../render/columns.ts';
import type { AskedArtifact, AskedSource } from './asked-source.ts';

/** An artifact of a run that this machine knows, from the store that has it. Throws as `findRun`, and `CommandError`. */
export async function inStore(context: CommandContext, asked: AskedArtifact): Promise<AskedSource> {
  await using opened = new AsyncDisposableStack();
  const stores = opened.use(await openKeptStores(context));
  const record = await findRun(stores.runs, asked.wanted);
  const artifact = namedArtifact(record, asked.name);
  const store = stores.storeOf(artifact);
  if (store === undefined) {
    const hint = 'Name that store with the flags that the run had, or in the configuration.';
    throw new CommandError(`${asked.name} is in another store: ${shownText(artifact.store, 200)}`, hint);
  }
  const options = { stores: [store] as const, cache: createContentCache(), now: Date.now };
  const kept = opened.move();
  return {
    async open(signal) {
      const found = { record, artifact, store };
      const content = await openPart(() => openAsked(options, found, asked.part, signal), asked);
      const isWhole = asked.part.path === undefined && asked.part.as === undefined;
      return sourceOf(content, {
        name: `${asked.name} of run ${record.runId} in ${store.name}`,
        sha256: isWhole ? artifact.sha256 : content.sha256,
      });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What is a refusal for somebody who asks a server is a sentence with the names here. */
async function openPart(
  open: () => Promise<OpenedContent>,
  { name, part }: AskedArtifact,
): Promise<OpenedContent['content']> {
  try {
    return (await open()).content;
  } catch (error) {
    if (!(error instanceof DownloadRefusal)) throw error;
    if (error.code !== 'NOT_FOUND') throw new CommandError(error.message);
    if (part.path === undefined) throw new CommandError(`the artifact ${name} is gone from its store`);
    const hint = `slipway artifacts list RUN ${name} says what is in it.`;
    throw new CommandError(`there is no "${shownText(part.path, 200)}" in the artifact ${name}`, hint);
  }
}

interface Naming {
  readonly name: string;
  readonly sha256: string | undefined;
}

function sourceOf(content: OpenedContent['content'], { name, sha256 }: Naming): FetchSource {
  const { sizeBytes, etag, fileName } = content;
  return {
    name,
    fileName: safeName(fileName) ?? 'download',
    sizeBytes,
    version: etag,
    hasRanges: true,
    ...(sha256 !== undefined && { sha256 }),
    read: (range = { start: 0, end: sizeBytes }, signal) => content.read(range, signal),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}
