import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { CommandError } from './command-error.ts';

const realOf = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/** Throws `CommandError` where a file that nobody may have is below a folder that is served. */
export async function refuseSecretsBelow(
  roots: readonly string[],
  secrets: readonly string[],
): Promise<void> {
  for (const secret of secrets) {
    const file = await realOf(secret);
    for (const root of roots) {
      const folder = await realOf(root);
      if (file === undefined || folder === undefined) continue; // nothing is served of what is not there
      if (/^\.\.(?:\/|$)/.test(relative(folder, file))) continue;
      throw new CommandError(
        `${secret} is a secret, and is below the root ${root}: everybody could download it`,
        'move it out of what is served, or name another folder with --root',
      );
    }
  }
}
