import type { CommandContext } from '../command.ts';
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
  context.stdout.write(
    wantsJson(context) ? commandLine('image-report', { buildId, ...report }) : reportText(report),
  );
  return EXIT.passed;
}
