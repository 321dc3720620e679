import { type RecordedArtifact, readManifest } from '../../artifacts/index.ts';
import { findEntry, signRunLink } from '../../download/index.ts';
import { DURATION_EXAMPLES, parseDuration } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { configuredContext } from '../configured-context.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { namedArtifact } from '../find-artifact.ts';
import { findRun } from '../find-run.ts';
import { type KeptStores, openKeptStores } from '../kept-stores.ts';
import { linkKeys } from '../link-keys.ts';
import { readWebAddress } from '../read-address.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

function lifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new UsageError(`--expires: expected ${DURATION_EXAMPLES}, found "${text}"`);
}

/**
 * Whether a path of an artifact is a folder, as far as this machine can tell: it need not reach the artifact's store to sign
 * a link. Throws `CommandError` where nothing is there.
 */
async function isFolderIn(stores: KeptStores, artifact: RecordedArtifact, path: string): Promise<boolean> {
  const store = stores.storeOf(artifact);
  const entries = store && (await readManifest(store, artifact.key))?.entries;
  if (entries === undefined) return false;
  const found = findEntry(entries, path);
  if (found !== undefined) return found.type === 'folder';
  const hint = `slipway artifacts list RUN ${artifact.name} says what is in it.`;
  throw new CommandError(`there is no "${shownText(path, 200)}" in the artifact ${artifact.name}`, hint);
}

/** `slipway artifacts link` */
export async function artifactsLink(context: CommandContext): Promise<number> {
  const { flags, positionals, stdout } = context;
  const [wanted, name] = positionals;
  if (wanted === undefined) throw new UsageError('artifacts link: which run? Name one, or "latest"');
  const [path, as] = [flags.text('file'), flags.text('as')];
  if (name === undefined && (path !== undefined || as !== undefined)) {
    throw new UsageError('--file and --as are for one artifact: name it behind the run');
  }
  const server = readWebAddress(flags.required('server'), 'server').href.replace(/\/+$/, '');
  const lifetimeMs = lifetime(flags.required('expires'));
  await using stores = await openKeptStores(context);
  const record = await findRun(stores.runs, wanted);
  const { runId } = record;
  const artifact = name === undefined ? undefined : namedArtifact(record, name);
  const isFolder =
    artifact !== undefined &&
    path !== undefined &&
    (await isFolderIn(stores, artifact, path)) &&
    as === undefined;
  const expiresAt = Math.floor((Date.now() + lifetimeMs) / 1000) * 1000;
  const link = signRunLink({
    runId,
    expiresAt,
    keys: await linkKeys(await configuredContext(context, 'download')),
    ...(artifact !== undefined && {
      artifact: {
        name: artifact.name,
        isFolder,
        query: {
          ...(path !== undefined && { path }),
          ...(as === 'zip' || as === 'tar' || as === 'tar.gz' ? { as } : {}),
        },
      },
    }),
  });
  const url = `${server}${link}`;
  const named = artifact === undefined ? {} : { name: artifact.name };
  stdout.write(
    wantsJson(context) ? commandLine('artifact-link', { runId, ...named, url, expiresAt }) : `${url}\n`,
  );
  return EXIT.passed;
}
