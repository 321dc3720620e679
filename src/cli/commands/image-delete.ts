import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { type DeletedImage, deleteImage } from '../registry/delete-image.ts';
import { type ImageArgument, readImageArgument } from '../registry/image-argument.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/**
 * `slipway image delete REPOSITORY:TAG...`: those that are there go, with the other names that they have, and the others are
 * an error afterwards.
 */
export async function imageDelete(context: CommandContext): Promise<number> {
  const { positionals, stdout, stderr } = context;
  if (positionals.length === 0) throw new UsageError('image delete: name an image, like alice:extended');
  return await withRegistry(context, async (client, signal) => {
    const images = positionals.map((written) => readImageArgument(written, client.host));
    const gone = new Set<string>(); // by `REPOSITORY:TAG`, gone with an image before
    const absent: string[] = [];
    for (const image of images) {
      if (gone.has(image.shown)) continue;
      const deleted = await deleteImage(client, image, signal);
      if (deleted === undefined) {
        absent.push(image.shown);
        continue;
      }
      for (const tag of deleted.tags) gone.add(`${image.repository}:${tag}`);
      gone.add(image.shown);
      const { repository, reference } = image;
      stdout.write(
        wantsJson(context)
          ? commandLine('registry-image-deleted', {
              registry: client.host,
              repository,
              reference,
              ...deleted,
            })
          : `${sentence(image, deleted)}\n`,
      );
    }
    if (gone.size > 0)
      stderr.write(
        'Their space is free again after the registry’s garbage collection, during which nobody may push.\n',
      );
    if (absent.length === 0) return EXIT.passed;
    throw new CommandError(
      `${client.host} has no image ${absent.join(', ')}`,
      '`slipway image list REPOSITORY` lists those that it has.',
    );
  });
}

function sentence({ repository, reference, shown }: ImageArgument, deleted: DeletedImage): string {
  const others = deleted.tags.filter((tag) => tag !== reference).map((tag) => `${repository}:${tag}`);
  const more = [
    ...others.map((name) => shownText(name, 300)),
    ...(deleted.attached === 0 ? [] : [`what was attached to it (${deleted.attached})`]),
  ];
  const beside = more.length === 0 ? '' : `, and with it ${more.join(', ')}`;
  return `Deleted ${shown} (${deleted.digest})${beside}`;
}
