import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { withBuilder } from '../images/with-builder.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway image keys`: the public keys of the builder's statements, in PEM. */
export async function imageKeys(context: CommandContext): Promise<number> {
  const { stdout } = context;
  const keys = await withBuilder(context, async (builder, signal) => await builder.keys({ signal }));
  for (const { id, pem } of keys)
    stdout.write(wantsJson(context) ? commandLine('image-key', { keyId: id, pem }) : `${pem.trimEnd()}\n`);
  return EXIT.passed;
}
