import { readFileFromTar } from '../archive/index.ts';
import type { Box } from './box.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';

const OUTPUT_FILE = '/pipeline/.slipway/answer';
const ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * What a piece of shell text prints when it is evaluated in the box's session, in the shell of the steps itself. It
 * travels through a file: what background processes print meanwhile does not get in between. The file is gone afterwards
 * and nobody else may read it, for the answer may hold secrets. Throws `RunError` when the shell does not take it.
 */
export async function sessionOutput(context: RunContext, box: Box, text: string): Promise<Buffer> {
  const { engine } = context;
  const body = [
    `__slipway_umask=$(umask); umask 077`,
    `command mkdir -p /pipeline/.slipway`,
    `{ umask "$__slipway_umask"; ${text}\n} >|${OUTPUT_FILE} 2>/dev/null`,
  ].join('\n');
  const outcome = await box.session.run(body);
  if (outcome.type !== 'finished') {
    throw new RunError({ reason: 'box', message: `the shell of the box did not answer (${outcome.type})` });
  }
  const tar = await engine.copyOut(box.id, OUTPUT_FILE);
  const answer = tar === undefined ? undefined : await readFileFromTar(tar, ANSWER_BYTES);
  await box.session.run(`command rm -f ${OUTPUT_FILE}`);
  if (answer === undefined) {
    throw new RunError({
      reason: 'box',
      message: 'the shell of the box did not answer: /pipeline cannot be written',
    });
  }
  return answer;
}
