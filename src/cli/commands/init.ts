import { relative, resolve } from 'node:path';
import { suggest } from '../../kernel/index.ts';
import {
  detectProject,
  existingDefinition,
  PROJECT_KINDS,
  readTemplate,
  writeDefinition,
} from '../../project/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

function checkKind(kind: string): string {
  if (PROJECT_KINDS.includes(kind)) return kind;
  const near = suggest(kind, PROJECT_KINDS);
  const hint = near === undefined ? `expected one of ${PROJECT_KINDS.join(', ')}` : `did you mean "${near}"?`;
  throw new UsageError(`--kind: there is no kind "${kind}": ${hint}`);
}

/** `slipway init` */
export async function init(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout, stderr } = context;
  const folder = resolve(currentFolder, positionals[0] ?? '.');
  const shown = relative(currentFolder, folder) || '.';
  const given = flags.text('kind');
  const kind =
    given === undefined ? await onFiles(`look into ${shown}`, () => detectProject(folder)) : checkKind(given);
  const replace = flags.on('force');
  const existing = await existingDefinition(folder);
  const text = (await readTemplate(kind)) ?? '';
  const isFree = existing === undefined || (replace && existing === 'wercker.yml');
  if (
    !isFree ||
    !(await onFiles(`write ${shown}/wercker.yml`, () => writeDefinition(folder, text, { replace })))
  ) {
    const name = existing ?? 'wercker.yml';
    const advice =
      name === 'wercker.yml' ? '`slipway init --force` replaces it' : 'it would be read first: remove it';
    stderr.write(`${shown}/${name} already exists: ${advice}\n`);
    return EXIT.failed;
  }
  if (wantsJson(context)) {
    stdout.write(commandLine('initialised', { kind, file: resolve(folder, 'wercker.yml') }));
  } else {
    stdout.write(given === undefined ? `Detected: ${kind}\n` : '');
    stdout.write(`Wrote ${shown}/wercker.yml; \`slipway build\` runs it\n`);
  }
  return EXIT.passed;
}
