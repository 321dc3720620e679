import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeAllStates, removeLeftovers } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

async function removeTemporary(workingDir: string): Promise<number> {
  const folder = join(workingDir, 'tmp');
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  return names.length;
}

/** `slipway clean` */
export async function clean(context: CommandContext): Promise<number> {
  const { flags, stdout, currentFolder } = context;
  await using engine = await openEngineFor(context);
  const removed = await removeLeftovers(engine, { all: flags.on('all') });
  const workingDir = resolve(currentFolder, flags.required('working-dir'));
  const folders = flags.on('all') ? await removeTemporary(workingDir) : 0;
  const states = flags.on('all') ? await removeAllStates(engine, workingDir) : 0;
  const result = { ...removed, states, temporaryFolders: folders };
  stdout.write(
    wantsJson(context)
      ? commandLine('cleaned', result)
      : `Removed ${removed.containers} containers, ${removed.networks} networks, ${removed.images} images, ${states} kept states, ${folders} temporary folders\n`,
  );
  if (removed.kept > 0)
    context.stderr.write(`${removed.kept} kept on purpose: slipway clean --all removes them too\n`);
  return EXIT.passed;
}
