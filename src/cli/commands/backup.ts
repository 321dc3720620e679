import { resolve } from 'node:path';
import { formatBytes } from '../../kernel/index.ts';
import { streamFromFolder, streamFromServer } from '../backup/backup-stream.ts';
import { leftOutLines } from '../backup/left-out-lines.ts';
import { backupToFile, backupToPipe } from '../backup/write-backup.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway backup FILE|-` */
export async function backup(context: CommandContext): Promise<number> {
  const { positionals, currentFolder, stdout, stderr, flags } = context;
  const [name] = positionals;
  if (name === undefined) throw new UsageError('where to? Name a file, or - for standard output');
  const isPipe = name === '-';
  if (isPipe && wantsJson(context))
    throw new UsageError('--output json and - exclude each other: standard output has the backup');
  const file = resolve(currentFolder, name);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => process.exit(1) });
  const open = flags.on('offline') ? streamFromFolder : streamFromServer;
  try {
    await using stream = await open(context, interrupts.signal);
    const { head, end } = isPipe
      ? await backupToPipe(stream.bytes, stdout)
      : await onFiles(`write the backup ${file}`, () => backupToFile(stream.bytes, file));
    const { files, sizeBytes } = end;
    if (wantsJson(context)) {
      stdout.write(commandLine('backup', { file, files, sizeBytes, leftOut: head.leftOut }));
      return EXIT.passed;
    }
    stderr.write(`${isPipe ? 'The backup' : file} has ${files} files, ${formatBytes(sizeBytes)}.\n`);
    stderr.write(leftOutLines(head.leftOut));
    return EXIT.passed;
  } catch (error) {
    if (interrupts.signal.aborted) throw new CommandError('interrupted', 'No backup was written.');
    throw error;
  }
}
