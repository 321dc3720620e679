import { randomBytes } from 'node:crypto';
import type { Box } from '../box.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { OWN_PROCESSES } from './parse-shell.ts';
import { SHELL_TEXT } from './shell-text.ts';

const NOTHING = Buffer.alloc(0);

// Nothing is printed where something else may print in between; a first byte says that the rest is the answer.
const ALONE = `( \\command set +f; \\command set -- /proc/[0-9]*; [ $# -le ${OWN_PROCESSES} ] )`;
const TEXT = `${ALONE} && \\command printf '\\001' && { ${SHELL_TEXT}\n} 2>/dev/null`;

/**
 * What the steps' shell prints about itself, taken out of the box's output: a file would cost as much as keeping a state
 * does. `undefined` where a process that a step left could print in between. Throws `RunError` when the shell does not answer.
 */
export async function printShell(context: RunContext, box: Box): Promise<Buffer | undefined> {
  const mark = randomBytes(16).toString('hex');
  const say = `\\command printf '\\0%s\\0' ${mark}`;
  const { route } = context;
  const { sift } = route;
  const pieces: Buffer[] = [];
  route.sift = (bytes) => {
    pieces.push(Buffer.from(bytes));
    return NOTHING;
  };
  try {
    const outcome = await box.session.run(`${say}\n${TEXT}\n${say}`);
    if (outcome.type !== 'finished') {
      throw new RunError({ reason: 'box', message: `the shell of the box did not answer (${outcome.type})` });
    }
  } finally {
    route.sift = sift;
  }
  const { answer, rest } = between(Buffer.concat(pieces), Buffer.from(`\0${mark}\0`));
  await context.output(rest);
  return answer;
}

/** What stands between two marks, and what stands around them: it was printed late by something else. */
function between(all: Buffer, mark: Buffer): { readonly answer: Buffer | undefined; readonly rest: Buffer } {
  const start = all.indexOf(mark);
  const end = start < 0 ? -1 : all.indexOf(mark, start + mark.length);
  if (end < 0) return { answer: undefined, rest: NOTHING };
  const before = all.subarray(0, start);
  const answer = all.subarray(start + mark.length, end);
  const after = all.subarray(end + mark.length);
  if (answer[0] !== 1) return { answer: undefined, rest: Buffer.concat([before, answer, after]) };
  return { answer: answer.subarray(1), rest: Buffer.concat([before, after]) };
}
