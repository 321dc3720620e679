import {
  type ManifestEntry,
  type RecordedArtifact,
  type RunRecord,
  readManifest,
} from '../../artifacts/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import type { ShownArtifact } from '../events-schema/kept-lines.ts';
import { EXIT } from '../exit-code.ts';
import { namedArtifact } from '../find-artifact.ts';
import { findRun } from '../find-run.ts';
import { artifactTable, entryLines, sortedEntries } from '../kept/artifact-lines.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

async function shown(stores: KeptStores, runId: string, artifact: RecordedArtifact): Promise<ShownArtifact> {
  const place = stores.placeOf(artifact);
  const object = await stores.storeOf(artifact)?.head(artifact.key);
  return { runId, ...artifact, ...(place !== undefined && { place }), present: object !== undefined };
}

async function listArtifacts(context: CommandContext, stores: KeptStores, run: RunRecord): Promise<number> {
  const { flags, stdout, stderr } = context;
  const { runId } = run;
  const artifacts = await Promise.all(run.artifacts.map((artifact) => shown(stores, runId, artifact)));
  if (wantsJson(context)) {
    for (const artifact of artifacts) stdout.write(commandLine('artifact', artifact));
    return EXIT.passed;
  }
  if (artifacts.length === 0) {
    stderr.write(`The run ${runId} has no artifacts: slipway build --artifacts keeps them.\n`);
    return EXIT.passed;
  }
  const lines = artifactTable(artifacts, { now: Date.now(), long: flags.on('long') });
  stdout.write(`${lines.join('\n')}\n`);
  return EXIT.passed;
}

/** What is in an artifact, as its manifest says. Throws `CommandError` where nobody can say it. */
async function entriesOf(stores: KeptStores, artifact: RecordedArtifact): Promise<readonly ManifestEntry[]> {
  const name = shownText(artifact.name);
  const store = stores.storeOf(artifact);
  if (store === undefined) {
    const hint = 'Name that store with the flags that the run had, or in the configuration.';
    throw new CommandError(`${name} is in another store: ${shownText(artifact.store, 200)}`, hint);
  }
  const manifest = await readManifest(store, artifact.key);
  if (manifest === undefined) {
    const hasExpired = artifact.expiresAt !== undefined && artifact.expiresAt <= Date.now();
    throw new CommandError(`${name} is gone from ${store.name}${hasExpired ? ': it has expired' : ''}`);
  }
  if (manifest.entries !== undefined) return manifest.entries;
  const why = manifest.entriesOmitted ? 'has more in it than a manifest holds' : 'is one file, and no tar';
  throw new CommandError(`${name} ${why}`, 'slipway artifacts get gets it.');
}

async function listEntries(
  context: CommandContext,
  stores: KeptStores,
  run: RunRecord,
  name: string,
): Promise<number> {
  const { flags, stdout } = context;
  const artifact = namedArtifact(run, name);
  const entries = sortedEntries(await entriesOf(stores, artifact));
  const lines = wantsJson(context)
    ? entries.map(({ type: kind, ...entry }) =>
        commandLine('artifact-entry', { runId: run.runId, artifact: name, kind, ...entry }),
      )
    : entryLines(entries, flags.on('long')).map((line) => `${line}\n`);
  for (const line of lines) stdout.write(line);
  return EXIT.passed;
}

/** `slipway artifacts list [RUN] [NAME]` */
export async function artifactsList(context: CommandContext): Promise<number> {
  const [wanted, name] = context.positionals;
  await using stores = await openKeptStores(context);
  const run = await findRun(stores.runs, wanted);
  return name === undefined
    ? await listArtifacts(context, stores, run)
    : await listEntries(context, stores, run, name);
}
