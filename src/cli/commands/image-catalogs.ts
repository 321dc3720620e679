import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { withRegistry } from '../registry/with-registry.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const MAX_LENGTH = 300;

/** `slipway image catalogs`: the repositories of a registry, as they come. */
export async function imageCatalogs(context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  return await withRegistry(context, async (client, signal) => {
    let count = 0;
    for await (const repository of client.catalog({ signal })) {
      count += 1;
      stdout.write(
        wantsJson(context)
          ? commandLine('registry-repository', { registry: client.host, repository })
          : `${shownText(repository, MAX_LENGTH)}\n`,
      );
    }
    if (count === 0) stderr.write(`${client.host} has no repository.\n`);
    return EXIT.passed;
  });
}
