import { join, resolve } from 'node:path';
import { LinkError, type LinkKeys, readLinkKeys } from '../download/index.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './command-error.ts';
import { dataFolder } from './data-folder.ts';
import { onFiles } from './file-error.ts';

/** Where the keys of links are; in the data folder, where nobody put them elsewhere. Absolute. */
export function linkKeyFile({ environment, currentFolder, flags }: CommandContext): string {
  const given = flags.text('link-key-file');
  return given === undefined
    ? join(dataFolder(environment, currentFolder), 'link.key')
    : resolve(currentFolder, given);
}

/** The keys that links are signed and checked with, made where there are none. Throws `CommandError`. */
export async function linkKeys(context: CommandContext): Promise<LinkKeys> {
  const file = linkKeyFile(context);
  try {
    return await onFiles(`read or make the keys of links in ${file}`, () => readLinkKeys(file));
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    throw new CommandError(
      error.message,
      'take the file away and a new key is made; links that were signed before are worth nothing then',
    );
  }
}
