import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  claimPath,
  DownloadError,
  type FetchSource,
  fetchFile,
  fetchStream,
  RETRY_PAUSES_MS,
} from '../../download-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { askedPart } from '../get/asked-part.ts';
import { type AskedSource, askedSource, connectionsOf } from '../get/asked-source.ts';
import { createGetReport, type GetReport } from '../get/report.ts';
import { archiveFor, requireEmpty, unpack } from '../get/unpack.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { wantsJson } from '../render/open-outputs.ts';

interface Getting {
  readonly context: CommandContext;
  readonly source: AskedSource;
  readonly report: GetReport;
  readonly signal: AbortSignal;
}

/** `slipway artifacts get` */
export async function artifactsGet(context: CommandContext): Promise<number> {
  const { flags } = context;
  const part = askedPart(context);
  const [to, folder] = [flags.text('to'), flags.text('unpack')];
  if (to !== undefined && folder !== undefined) throw new UsageError('--to and --unpack exclude each other');
  if (to === '-' && wantsJson(context))
    throw new UsageError('--to - and --output json both take standard output');
  await using source = await askedSource(context, part);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const getting: Getting = { context, source, report: createGetReport(context), signal: interrupts.signal };
  try {
    if (to === '-') await getToOutput(getting);
    else if (folder !== undefined) await getUnpacked(getting, resolve(context.currentFolder, folder));
    else await getFile(getting);
    return EXIT.passed;
  } catch (error) {
    getting.report.clear();
    throw explained(error, interrupts.signal);
  }
}

const common = ({ source, report, signal }: Getting) => ({
  open: () => source.open(signal),
  onNotice: report.notice,
  onProgress: report.progress,
  retryPausesMs: RETRY_PAUSES_MS,
  signal,
});

async function getToOutput(getting: Getting): Promise<void> {
  const { stdout } = getting.context;
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((done, fail) => stdout.write(bytes, (error) => (error ? fail(error) : done())));
  getting.report.done(await fetchStream({ ...common(getting), write }));
}

async function getFile(getting: Getting): Promise<void> {
  const { flags } = getting.context;
  const targetOf = await targets(getting.context);
  const fetched = await fetchFile({
    ...common(getting),
    targetOf,
    replace: flags.on('force'),
    connections: connectionsOf(flags.number('connections')),
  });
  getting.report.done(fetched, fetched.path);
}

/** `--to` names a file, or a folder that the file goes into by its own name. */
async function targets({ flags, currentFolder }: CommandContext): Promise<(source: FetchSource) => string> {
  const to = flags.text('to');
  const path = resolve(currentFolder, to ?? '.');
  const isFolder =
    to === undefined || to.endsWith('/') || (await stat(path).catch(() => undefined))?.isDirectory();
  const folder = isFolder ? path : dirname(path);
  await onFiles(`make the folder ${folder}`, () => mkdir(folder, { recursive: true }));
  return isFolder ? ({ fileName }) => join(path, fileName) : () => path;
}

async function getUnpacked(getting: Getting, folder: string): Promise<void> {
  const { flags } = getting.context;
  const force = flags.on('force');
  await onFiles(`make the folder ${dirname(folder)}`, () => mkdir(dirname(folder), { recursive: true }));
  await using _ = await claimPath(folder); // until it is unpacked: another one would take away what is half there
  if (!force) await requireEmpty(folder);
  const fetched = await fetchFile({
    ...common(getting),
    targetOf: () => archiveFor(folder),
    replace: true,
    connections: connectionsOf(flags.number('connections')),
  });
  await unpack({ file: fetched.path, folder, force, signal: getting.signal });
  getting.report.done(fetched, folder);
}

/** What the person can do about it. */
function explained(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new CommandError('interrupted', 'The same command goes on where it was left.');
  }
  if (error instanceof Error && 'code' in error && error.code === 'EPIPE') {
    return new CommandError('whoever was to read the output stopped reading');
  }
  if (!(error instanceof DownloadError)) return error;
  if (error.code === 'FILE_EXISTS') {
    return new CommandError(error.message, '--force replaces it, --to FILE puts it elsewhere.');
  }
  if (error.code === 'UNREACHABLE') {
    return new CommandError(error.message, 'The same command goes on where it was left.');
  }
  return error;
}
