import { rm } from 'node:fs/promises';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { tokenFile } from '../token.ts';

/** `slipway logout`: a token that is not there is fine. */
export async function logout({ flags, stderr }: CommandContext): Promise<number> {
  stderr.write('Logging out\n');
  await rm(tokenFile(flags), { force: true });
  return EXIT.passed;
}
