import { resolve } from 'node:path';
import { enterState, removeLeftovers } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openEngineFor } from '../open-engine.ts';
import { personAt } from '../person.ts';
import { waitForDrain } from '../render/drain.ts';

/** `slipway shell --at STEP`: a look into a kept state. */
export async function shell(context: CommandContext): Promise<number> {
  const { flags, currentFolder, stderr } = context;
  const at = flags.text('at');
  if (at === undefined) throw new UsageError('shell: name a state with --at STEP; slipway states lists them');
  const runId = flags.text('state');
  const command = flags.text('command');
  const person = personAt(context);
  await using engine = await openEngineFor(context);
  using interrupts = listenForInterrupts({
    onFirst: () => stderr.write('\nStopping.\n'),
    onSecond: () => undefined,
  });
  const [code] = await Promise.all([
    enterState(
      {
        workingDir: resolve(currentFolder, flags.required('working-dir')),
        at,
        ...(runId !== undefined && { runId }),
        ...(command !== undefined && { command }),
      },
      {
        engine,
        ...(person !== undefined && { person }),
        signal: interrupts.signal,
        output: (stream, bytes) => (context[stream].write(bytes) ? undefined : waitForDrain(context[stream])),
        notice: (text) => void stderr.write(`${text}\n`),
      },
    ),
    removeLeftovers(engine),
  ]);
  return code;
}
