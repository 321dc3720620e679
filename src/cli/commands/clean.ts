import { resolve } from 'node:path';
import { removeAllStates, removeLeftovers, removeTemporaries } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway clean` */
export async function clean(context: CommandContext): Promise<number> {
  const { flags, stdout, currentFolder } = context;
  await using engine = await openEngineFor(context);
  const all = flags.on('all');
  const removed = await removeLeftovers(engine, { all });
  const workingDir = resolve(currentFolder, flags.required('working-dir'));
  const folders = await removeTemporaries(workingDir, { all });
  const states = all ? await removeAllStates(engine, workingDir) : 0;
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
