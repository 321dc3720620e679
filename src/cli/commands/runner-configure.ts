import { EngineError } from '../../engine/index.ts';
import { QueueClientError } from '../../queue-client/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { withoutImage } from '../runners/runner-request.ts';
import { openTaskQueue } from '../tasks/open-queue-client.ts';

interface Looked {
  readonly text: string;
  readonly mistake?: string;
}

/** `slipway runner configure`: looks whether a runner could work here. The original compared and fetched its image. */
export async function runnerConfigure(context: CommandContext): Promise<number> {
  const { stdout, stderr, flags } = context;
  for (const sentence of withoutImage(context)) stderr.write(`warning: ${sentence}\n`);
  if (flags.on('pull'))
    stderr.write('warning: --pull: a runner is a worker of this program, there is no image to fetch\n');
  const [engine, queue] = await Promise.all([lookAtEngine(context), lookAtQueue(context)]);
  const mistakes = [engine, queue].flatMap(({ mistake }) => (mistake === undefined ? [] : [mistake]));
  const usable = mistakes.length === 0;
  if (wantsJson(context))
    stdout.write(
      commandLine('runner-configuration', { engine: engine.text, queue: queue.text, usable, mistakes }),
    );
  else {
    stdout.write(`engine  ${engine.text}\nqueue   ${queue.text}\n`);
    stdout.write(usable ? 'A runner can work here.\n' : `${mistakes.join('\n')}\n`);
  }
  return usable ? EXIT.passed : EXIT.failed;
}

async function lookAtEngine(context: CommandContext): Promise<Looked> {
  try {
    await using engine = await openEngineFor(context);
    const { name, version, endpoint } = await engine.ping();
    return { text: `${name} ${version} at ${endpoint}` };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { text: 'none', mistake: error.message };
  }
}

async function lookAtQueue(context: CommandContext): Promise<Looked> {
  await using queue = await openTaskQueue(context, { retries: 1 });
  try {
    await queue.ping();
    return { text: `${queue.rootUrl} answers` };
  } catch (error) {
    if (!(error instanceof QueueClientError)) throw error;
    return { text: `${queue.rootUrl} does not answer`, mistake: error.message };
  }
}
