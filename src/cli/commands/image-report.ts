import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { askedBuild } from '../images/build-ids.ts';
import { reportText } from '../images/report-text.ts';
import { withBuilder } from '../images/with-builder.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image report BUILD` */
export async function imageReport(context: CommandContext): Promise<number> {
  const buildId = askedBuild(context, 'image report');
  const report = await withBuilder(context, (builder, signal) => builder.report(buildId, { signal }));
  if (report === undefined)
    throw new CommandError(
      `there is no report of the build ${buildId}`,
      `It comes with the image: \`${context.program.name} image status ${buildId}\` says what became of it.`,
    );
  context.stdout.write(
    wantsJson(context) ? commandLine('image-report', { buildId, ...report }) : reportText(report),
  );
  return EXIT.passed;
}
