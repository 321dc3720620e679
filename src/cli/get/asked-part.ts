import type { ArtifactQuery } from '../../download/index.ts';
import type { CommandContext } from '../command.ts';
import { UsageError } from '../exit-code.ts';

/** What of an artifact is asked for. */
export type AskedPart = Pick<ArtifactQuery, 'path' | 'as'>;

const FORMATS = ['zip', 'tar', 'tar.gz'] as const;

/** Reads `--file` and `--as`. Throws `UsageError`. */
export function askedPart({ flags }: CommandContext): AskedPart {
  const path = flags.text('file');
  const as = FORMATS.find((format) => format === flags.text('as'));
  const unpack = flags.text('unpack');
  if (unpack !== undefined && as === 'zip') {
    throw new UsageError('--unpack takes a tar or tar.gz, not --as zip');
  }
  if (unpack !== undefined && path !== undefined && as === undefined) {
    throw new UsageError('--unpack with --file: one file is no archive; add --as tar for a folder');
  }
  return { ...(path !== undefined && { path }), ...(as !== undefined && { as }) };
}
