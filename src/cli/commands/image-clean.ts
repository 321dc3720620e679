import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { withBuilder } from '../images/with-builder.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image clean` */
export async function imageClean(context: CommandContext): Promise<number> {
  const hours = readHours(context.flags.required('max-age-hours'));
  const builds = await withBuilder(context, (builder, signal) => builder.cleanUp(hours, { signal }));
  context.stdout.write(
    wantsJson(context)
      ? commandLine('image-builds-cleaned', { builds })
      : `${builds} ${builds === 1 ? 'build' : 'builds'} forgotten; images stay in the registry.\n`,
  );
  return EXIT.passed;
}

/** From 0: every build that has ended. */
function readHours(text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new UsageError(`--max-age-hours: expected a whole number of hours, found "${text.slice(0, 80)}"`);
}
