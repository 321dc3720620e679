import type { CommandContext } from '../command.ts';
import { safeText } from './safe-text.ts';

/** Writes to standard output no faster than it is read; a reader that left has seen enough. */
export async function writeOut(
  { stdout }: Pick<CommandContext, 'stdout'>,
  content: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  for await (const piece of content) {
    if (stdout.destroyed || !stdout.writable) return;
    if (piece.length === 0) continue;
    await new Promise<void>((resolve) => stdout.write(piece, () => resolve()));
  }
}

/** Content of a file: as it is for a program, and safe to look at on a terminal. */
export async function writeContent(
  context: Pick<CommandContext, 'stdout'>,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  await writeOut(context, context.stdout.isTTY ? safeText(content) : content);
}
