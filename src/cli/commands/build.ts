import type { RunEventSink } from '../../kernel/index.ts';
import { type RunRequest, type RunResult, runPipeline } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openEngineFor } from '../open-engine.ts';
import { jsonRenderer } from '../render/json.ts';
import { usesColour } from '../render/style.ts';
import { terminalRenderer } from '../render/terminal.ts';
import { readRunRequest } from '../run-request.ts';

function renderer(context: CommandContext): RunEventSink {
  const { flags, stdout, stderr, currentFolder } = context;
  if (flags.text('output') === 'json') return jsonRenderer(stdout);
  return terminalRenderer({
    stdout,
    stderr,
    colour: usesColour(stderr, context),
    verbose: flags.on('verbose') || flags.on('debug'),
    debug: flags.on('debug'),
    quiet: flags.on('suppress-build-logs'),
    currentFolder,
  });
}

async function run(context: CommandContext, kind: RunRequest['kind']): Promise<number> {
  const request = await readRunRequest(context, kind);
  await using engine = await openEngineFor(context);
  const forced = Promise.withResolvers<undefined>();
  using interrupts = listenForInterrupts({
    onFirst: () => context.stderr.write('\nStopping the step and cleaning up; once more to stop at once.\n'),
    onSecond: () => forced.resolve(undefined),
  });
  const running = runPipeline(request, { engine, events: renderer(context), signal: interrupts.signal });
  const result = await Promise.race([running, forced.promise]);
  if (result === undefined) return await stopAtOnce(context, running);
  return exitCode(result);
}

/** The engine is let go of, so that all that still waits for it ends; the next run removes what is left. */
async function stopAtOnce(context: CommandContext, running: Promise<RunResult>): Promise<number> {
  context.stderr.write('Exiting forcefully, containers and data may not have been cleaned up\n');
  running.catch(() => undefined);
  return await Promise.resolve(EXIT.failed);
}

const exitCode = ({ result }: RunResult): number => (result === 'passed' ? EXIT.passed : EXIT.failed);

/** `slipway build` */
export const build = (context: CommandContext): Promise<number> => run(context, 'build');

/** `slipway deploy` */
export const deploy = (context: CommandContext): Promise<number> => run(context, 'deploy');
