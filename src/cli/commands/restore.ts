import { type FileHandle, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { restoreBackup } from '../../backup/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import { leftOutLines } from '../backup/left-out-lines.ts';
import type { CommandContext } from '../command.ts';
import { configuredContext } from '../configured-context.ts';
import { dataFolder } from '../data-folder.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { MIGRATIONS } from '../server-parts.ts';

/** `slipway restore FILE|- [--to DIR]` */
export async function restore(given: CommandContext): Promise<number> {
  const context = await configuredContext(given, 'server');
  const { positionals, currentFolder, stdout, stderr, stdin, flags, environment } = context;
  const [name] = positionals;
  if (name === undefined) throw new UsageError('which backup? Name its file, or - for standard input');
  const to = flags.text('to');
  const folder = to === undefined ? dataFolder(environment, currentFolder) : resolve(currentFolder, to);
  await using opened = new AsyncDisposableStack();
  const stream = name === '-' ? stdin : opened.use(await openFile(name, currentFolder)).createReadStream();
  const { head, end, hasArtifactStore } = await onFiles(`restore ${name} to ${folder}`, () =>
    restoreBackup({ stream, folder, migrations: MIGRATIONS }),
  );
  const { files, sizeBytes } = end;
  const { startedAt, leftOut, database } = head;
  if (wantsJson(context)) {
    stdout.write(commandLine('restored', { folder, files, sizeBytes, startedAt, leftOut }));
    return EXIT.passed;
  }
  stderr.write(`${folder} is as of ${startedAt}: ${files} files, ${formatBytes(sizeBytes)}.\n`);
  stderr.write(leftOutLines(leftOut));
  if (database === 'postgres') stderr.write('Restore the database, too, before a server starts.\n');
  if (hasArtifactStore)
    stderr.write(
      `Artifacts had a folder of their own: set store.folder to ${join(folder, 'artifact-store')}.\n`,
    );
  return EXIT.passed;
}

/** Opened before anything else is looked at: the error of a stream that nobody reads yet would end the program. */
const openFile = (name: string, currentFolder: string): Promise<FileHandle> =>
  onFiles(`read the backup ${name}`, () => open(resolve(currentFolder, name)));
