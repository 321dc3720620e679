import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';

const BUILD = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A build's id as somebody wrote it. Throws `UsageError`. */
export function readBuildId(text: string): string {
  const lower = text.toLowerCase();
  if (BUILD.test(lower)) return lower;
  throw new UsageError(
    `expected the id of a build, such as 6f1d1f5e-4a2b-4c3d-8e9f-0a1b2c3d4e5f, found "${text.slice(0, 80)}"`,
  );
}

/** All builds that a command names, each once. Throws `UsageError`. */
export function askedBuilds({ positionals, program }: CommandContext, command: string): readonly string[] {
  if (positionals.length === 0)
    throw new UsageError(`${command}: which build? \`${program.name} image builds\` has their ids`);
  return [...new Set(positionals.map(readBuildId))];
}

/** The one build that a command is about. Throws `UsageError`. */
export const askedBuild = (context: CommandContext, command: string): string =>
  askedBuilds(context, command)[0] ?? '';
