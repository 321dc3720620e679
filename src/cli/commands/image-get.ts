import { visibleText } from '../../kernel/index.ts';
import type { RegistryManifest } from '../../registry/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { readImageArgument } from '../registry/image-argument.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image get REPOSITORY:TAG`: its manifest on standard output, its digest beside. */
export async function imageGet(context: CommandContext): Promise<number> {
  const { stdout, stderr, positionals } = context;
  const [written] = positionals;
  if (written === undefined) throw new UsageError('image get: name an image, like alice:extended');
  return await withRegistry(context, async (client, signal) => {
    const { repository, reference, shown } = readImageArgument(written, client.host);
    const found = await client.manifest(repository, reference, { signal });
    if (found === undefined)
      throw new CommandError(
        `${client.host} has no image ${shown}`,
        `\`slipway image list ${repository}\` lists those that it has.`,
      );
    const { digest, mediaType } = found;
    const manifest = found.bytes.toString();
    const fields = { registry: client.host, repository, reference, digest, mediaType, manifest };
    if (wantsJson(context)) stdout.write(commandLine('registry-manifest', fields));
    else {
      stdout.write(`${readable(found)}\n`);
      stderr.write(`${shown} is ${digest}\n`);
    }
    return EXIT.passed;
  });
}

/** Its values one below the other, and nothing in them that a terminal would act on. */
function readable({ bytes }: RegistryManifest): string {
  const lines = JSON.stringify(JSON.parse(bytes.toString()), undefined, 2).split('\n');
  return lines.map(visibleText).join('\n');
}
