import { join, resolve } from 'node:path';
import type { ArtifactStore } from '../../runner/index.ts';
import {
  OciEnvironmentError,
  type OciLocation,
  openStore,
  readOciEnvironment,
  type StoreLocation,
} from '../../store/index.ts';
import {
  createPipelineRunner,
  type PipelineRunner,
  type PipelineViews,
  type WorkerSettings,
} from '../../worker/index.ts';
import { placeAt } from '../artifact-place.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { readWebAddress } from '../read-address.ts';
import { NO_MARKS } from '../render/ci/marks.ts';
import { eventText } from '../render/json.ts';
import { terminalRenderer } from '../render/terminal.ts';

/** What the site called its bucket where the machine was its owner's. */
const FOLDER_BUCKET = 'wercker-development';

/** What runs the pipelines of a worker, with the store that its command line names. Throws `UsageError`, `StoreError`. */
export async function openPipelines(
  context: CommandContext,
  settings: WorkerSettings,
): Promise<PipelineRunner> {
  const store = await openPipelineStore(context);
  const runner = createPipelineRunner({ settings, views: VIEWS, ...(store !== undefined && { store }) });
  return {
    run: runner.run,
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await store?.store[Symbol.asyncDispose]?.();
    },
  };
}

/** As `slipway build` shows a run where nobody looks at it as it comes. */
const VIEWS: PipelineViews = {
  text: ({ stream, verbose, currentFolder }) =>
    terminalRenderer({
      stdout: stream,
      stderr: stream,
      colour: false,
      verbose,
      debug: false,
      quiet: false,
      currentFolder,
      marks: NO_MARKS,
    }),
  line: eventText,
};

async function openPipelineStore(context: CommandContext): Promise<ArtifactStore | undefined> {
  const { flags, currentFolder } = context;
  const folder = flags.text('store-path');
  const downloads = flags.text('download-url');
  if (folder !== undefined && flags.on('store-oci'))
    throw new UsageError('--store-path and --store-oci name two stores: leave one of them out');
  if (folder === undefined && !flags.on('store-oci')) {
    if (downloads === undefined) return undefined;
    throw new UsageError(
      '--download-url: what is downloaded there? Name it with --store-path DIR or --store-oci',
    );
  }
  const storePath = folder === undefined ? undefined : resolve(currentFolder, folder);
  const location: StoreLocation =
    storePath === undefined
      ? await ociLocation(context)
      : { type: 'folder', folder: join(storePath, FOLDER_BUCKET) };
  const { location: _, ...named } = placeAt(location);
  const store = await openStore(location);
  if (downloads === undefined) return { ...named, store };
  const base = readWebAddress(downloads, 'download-url').href.replace(/\/+$/, '');
  const place = storePath === undefined ? { t: tenancyOf(context) } : { s: storePath };
  const prefix = storePath === undefined ? '' : `${FOLDER_BUCKET}/`;
  const urlOf = (key: string): string =>
    `${base}/api/v3/operator/artifact/download?${new URLSearchParams({ a: `${prefix}${key}`, ...place })}`;
  return { ...named, store, urlOf };
}

const tenancyOf = ({ environment }: CommandContext): string => environment['WERCKER_OCI_TENANCY_OCID'] ?? '';

async function ociLocation({ environment }: CommandContext): Promise<OciLocation> {
  try {
    const bucket = environment['WERCKER_OCI_BUCKETNAME'];
    const location = bucket ? await readOciEnvironment(environment, { bucket }) : undefined;
    if (location !== undefined) return location;
    throw new UsageError(
      '--store-oci: set WERCKER_OCI_TENANCY_OCID, WERCKER_OCI_BUCKETNAME and the other WERCKER_OCI_ variables',
    );
  } catch (error) {
    throw error instanceof OciEnvironmentError ? new UsageError(`--store-oci: ${error.message}`) : error;
  }
}
