import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { askedBuild } from '../images/build-ids.ts';
import { buildText, exitCodeOf, shownBuild } from '../images/shown-build.ts';
import { withBuilder } from '../images/with-builder.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image status BUILD` */
export async function imageStatus(context: CommandContext): Promise<number> {
  const id = askedBuild(context, 'image status');
  const mustEnd = context.flags.on('wait');
  const build = await withBuilder(context, (builder, signal) =>
    mustEnd ? builder.follow(id, { signal, onBytes: () => {} }) : builder.build(id, { signal }),
  );
  context.stdout.write(
    wantsJson(context) ? commandLine('image-build', shownBuild(build)) : `${buildText(build, Date.now())}\n`,
  );
  return mustEnd ? exitCodeOf(build) : EXIT.passed;
}
