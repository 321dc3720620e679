import {
  DEFAULT_KIND,
  detectProject,
  existingDefinition,
  readTemplate,
  writeDefinition,
} from '../../project/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { createPrompt } from '../prompt.ts';

/** Asks until the answer begins with y or n; no more input means no. */
async function mayOverwrite({ stdin, stderr }: CommandContext, name: string): Promise<boolean> {
  using prompt = createPrompt(stdin, stderr);
  for (;;) {
    const answer = await prompt.ask(`${name} already exists. Do you want to overwrite? (yes/no) `);
    if (answer === undefined || /^\s*n/i.test(answer)) return false;
    if (/^\s*y/i.test(answer)) return true;
  }
}

/** `slipway detect` (contract: "Small commands") */
export async function detect(context: CommandContext): Promise<number> {
  const { currentFolder: folder, stdout, stderr } = context;
  const kind = await onFiles('look into the current folder', () => detectProject(folder));
  stdout.write(
    kind === DEFAULT_KIND
      ? 'No stack detected, generating default wercker.yml\n'
      : `Detected: ${kind}\nGenerating wercker.yml\n`,
  );
  const existing = await existingDefinition(folder);
  const replace = existing === 'wercker.yml' && (await mayOverwrite(context, existing));
  const text = (await readTemplate(kind)) ?? '';
  const isFree = existing !== 'wercker.yml' || replace;
  if (!isFree || !(await onFiles('write wercker.yml', () => writeDefinition(folder, text, { replace })))) {
    stderr.write('Exiting...\n');
    return EXIT.failed;
  }
  return EXIT.passed;
}
