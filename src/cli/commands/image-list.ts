import { isReferrersTag } from '../../registry/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { digestsOf } from '../registry/delete-image.ts';
import { readRepositoryArgument } from '../registry/image-argument.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { shownText, tableLines } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const MAX_TAG_LENGTH = 128;

/** `slipway image list REPOSITORY`: its images by their tags, and which of them are the same. */
export async function imageList(context: CommandContext): Promise<number> {
  const { stdout, stderr, positionals } = context;
  const [written] = positionals;
  if (written === undefined) throw new UsageError('image list: name a repository, like alice');
  return await withRegistry(context, async (client, signal) => {
    const repository = readRepositoryArgument(written, client.host);
    const tags = await client.tags(repository, { signal });
    if (tags === undefined)
      throw new CommandError(
        `${client.host} has no repository ${repository}`,
        '`slipway image catalogs` lists those that it has.',
      );
    const images = await digestsOf(
      client,
      repository,
      // Registries may list them as their disk does.
      tags.filter((tag) => !isReferrersTag(tag)).toSorted(),
      signal,
    );
    if (wantsJson(context))
      for (const image of images)
        stdout.write(commandLine('registry-image', { registry: client.host, repository, ...image }));
    else if (images.length > 0) stdout.write(`${table(repository, images).join('\n')}\n`);
    if (images.length === 0) stderr.write(`${repository} has no image any more.\n`);
    return EXIT.passed;
  });
}

const table = (
  repository: string,
  images: readonly { readonly tag: string; readonly digest: string }[],
): string[] =>
  tableLines(
    [{ title: 'IMAGE' }, { title: 'DIGEST' }],
    images.map(({ tag, digest }) => [
      { text: `${repository}:${shownText(tag, MAX_TAG_LENGTH)}` },
      { text: digest },
    ]),
  );
