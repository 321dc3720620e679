import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { DownloadError, fetchFile, openHttpSource, RETRY_PAUSES_MS } from '../../download-client/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { ListedArtifact } from '../../queue-api/index.ts';
import type { QueueClient } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { formatAge } from '../render/age.ts';
import { shownText, tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { askedRun, readTaskId } from '../tasks/task-ids.ts';
import { withQueue } from '../tasks/with-queue.ts';

const NAME_LENGTH = 200;
const CONNECTIONS = 4;
const STALL_TIMEOUT_MS = 60_000;

interface Asked {
  readonly context: CommandContext;
  readonly queue: QueueClient;
  readonly taskId: string;
  readonly runId: number | undefined;
  readonly signal: AbortSignal;
}

/** `slipway task artifacts TASK [NAME...]` */
export async function taskArtifacts(context: CommandContext): Promise<number> {
  const [text, ...names] = context.positionals;
  if (text === undefined) throw new UsageError('task artifacts: of which task?');
  const all = context.flags.on('all');
  if (all && names.length > 0) throw new UsageError('--all and names of artifacts exclude each other');
  if (context.flags.given('to') && !all && names.length === 0)
    throw new UsageError('--to says where artifacts go: name some, or give --all');
  const [taskId, runId] = [readTaskId(text), askedRun(context)];
  await withQueue(context, 'The same command goes on where it was left.', async (queue, signal) => {
    const asked: Asked = { context, queue, taskId, runId, signal };
    if (names.length > 0) await fetchAll(asked, names);
    else if (all) await fetchAll(asked, await allNames(asked));
    else await list(asked);
  });
  return EXIT.passed;
}

/** What a worker could not read is listed, and not fetched. */
async function allNames({ queue, taskId, runId, signal }: Asked): Promise<string[]> {
  const listed = await queue.listArtifacts(taskId, runId, { signal });
  return listed.filter(({ storageType }) => storageType !== 'error').map(({ name }) => name);
}

const COLUMNS = [
  { title: 'ARTIFACT' },
  { title: 'SIZE', align: 'right' },
  { title: 'TYPE' },
  { title: 'EXPIRES', align: 'right' },
] as const;

async function list({ context, queue, taskId, runId, signal }: Asked): Promise<void> {
  const { stdout, stderr } = context;
  const artifacts = await queue.listArtifacts(taskId, runId, { signal });
  if (wantsJson(context)) {
    for (const each of artifacts) stdout.write(commandLine('task-artifact', shownArtifact(taskId, each)));
    return;
  }
  if (artifacts.length === 0) stderr.write('This task has no artifacts.\n');
  else stdout.write(`${tableLines(COLUMNS, artifacts.map(row)).join('\n')}\n`);
}

const shownArtifact = (taskId: string, { contentLength, ...artifact }: ListedArtifact) => ({
  taskId,
  ...artifact,
  ...(contentLength !== undefined && { sizeBytes: contentLength }),
});

const row = ({ name, storageType, contentType, contentLength, expires }: ListedArtifact) => [
  { text: shownText(name, NAME_LENGTH) },
  { text: contentLength === undefined ? '' : formatBytes(contentLength) },
  { text: storageType === 's3' || storageType === 'object' ? shownText(contentType) : storageType },
  { text: formatAge(Date.parse(expires), Date.now()) },
];

async function fetchAll(asked: Asked, names: readonly string[]): Promise<void> {
  const { context } = asked;
  const folder = resolve(context.currentFolder, context.flags.text('to') ?? '.');
  const targets = names.map((name) => ({ name, path: pathBelow(folder, name) }));
  for (const target of targets) await fetchOne(asked, target);
}

/** A name is what somebody called it: it leads nowhere but below the folder. */
function pathBelow(folder: string, name: string): string {
  const path = resolve(join(folder, name));
  const parts = name.split('/');
  const isBelow = path.startsWith(folder === sep ? sep : folder + sep);
  if (isBelow && !parts.includes('..') && !name.includes('\0')) return path;
  throw new CommandError(`the artifact "${shownText(name, NAME_LENGTH)}" would lie outside of ${folder}`);
}

async function fetchOne(asked: Asked, { name, path }: { name: string; path: string }): Promise<void> {
  const { context, queue, taskId, runId, signal } = asked;
  const { stdout, stderr, flags } = context;
  const startedAt = performance.now();
  const content = await queue.artifactContent(taskId, runId, name, { signal });
  if (content.storageType === 'error')
    throw new CommandError(
      `${shownText(name, NAME_LENGTH)}: ${shownText(content.message, 500)} (${content.reason})`,
    );
  const url = new URL(content.url);
  const promised =
    content.storageType === 'object' && content.sha256 !== undefined ? { sha256: content.sha256 } : {};
  await onFiles(`make the folder ${dirname(path)}`, () => mkdir(dirname(path), { recursive: true }));
  try {
    const fetched = await fetchFile({
      open: async () => ({
        ...(await openHttpSource({
          url,
          connections: CONNECTIONS,
          stallTimeoutMs: STALL_TIMEOUT_MS,
          signal,
        })),
        ...promised,
      }),
      targetOf: () => path,
      replace: flags.on('force'),
      connections: CONNECTIONS,
      onProgress: () => undefined,
      onNotice: (text) => void stderr.write(`${text}\n`),
      retryPausesMs: RETRY_PAUSES_MS,
      signal,
    });
    const { sizeBytes, sha256 } = fetched;
    const durationMs = performance.now() - startedAt;
    stdout.write(
      wantsJson(context)
        ? commandLine('task-artifact-fetched', { taskId, name, path, sizeBytes, sha256, durationMs })
        : `${path}  ${formatBytes(sizeBytes)}\n`,
    );
  } catch (error) {
    if (error instanceof DownloadError && error.code === 'FILE_EXISTS')
      throw new CommandError(error.message, '--force replaces it, --to DIR puts it elsewhere.');
    throw error;
  }
}
