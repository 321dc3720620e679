import type { RemoteBuild, RemoteReport } from '../../builder-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readAttached } from '../images/attached-document.ts';
import { askedBuild } from '../images/build-ids.ts';
import { reportText } from '../images/report-text.ts';
import { withBuilder } from '../images/with-builder.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { createTerminalText } from '../render/terminal-text.ts';

/** `slipway image report BUILD` */
export async function imageReport(context: CommandContext): Promise<number> {
  const { stdout } = context;
  const buildId = askedBuild(context, 'image report');
  const name = askedDocument(context);
  const { build, report } = await withBuilder(context, async (builder, signal) => ({
    report: await builder.report(buildId, { signal }),
    build: name === undefined ? undefined : await builder.build(buildId, { signal }),
  }));
  if (name !== undefined && build !== undefined) await showDocument(context, build, report, name);
  else
    stdout.write(
      wantsJson(context) ? commandLine('image-report', { buildId, ...report }) : reportText(report),
    );
  return EXIT.passed;
}

type DocumentName = 'sbom' | 'provenance';

function askedDocument({ flags }: CommandContext): DocumentName | undefined {
  if (flags.on('sbom') && flags.on('provenance'))
    throw new UsageError('--sbom and --provenance are two documents: ask for one of them');
  if (flags.on('sbom')) return 'sbom';
  return flags.on('provenance') ? 'provenance' : undefined;
}

/** What a registry has is text of others. */
const onTerminal = ({ stdout }: CommandContext, text: string): string =>
  stdout.isTTY ? createTerminalText().of(`${text}\n`) : text;

/** As the registry has it: what its digest was made of. */
async function showDocument(
  context: CommandContext,
  { id: buildId, image }: RemoteBuild,
  { attached }: RemoteReport,
  name: DocumentName,
): Promise<void> {
  const digest = attached[name];
  if (digest === undefined || image === undefined)
    throw new CommandError(`nothing of that kind is attached to the image of the build ${buildId}`);
  const slash = image.reference.indexOf('/');
  const repository = image.reference.slice(slash + 1).replace(/:[^/]*$/, '');
  const show = async (document: string): Promise<void> => {
    const line = wantsJson(context)
      ? commandLine('image-attached', { buildId, name, digest, document })
      : onTerminal(context, document);
    context.stdout.write(line);
  };
  await withRegistry(
    context,
    async (client, signal) => show(await readAttached(client, { repository, digest }, signal)),
    image.reference.slice(0, slash),
  );
}
