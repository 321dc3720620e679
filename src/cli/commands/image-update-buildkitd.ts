import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { replaceBuildkitd } from '../../builder/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { clusterOf } from '../in-cluster.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const NAME = 'nuvolaris-buildkitd-conf';
/** What the API server takes in a ConfigMap. */
const LIMIT_BYTES = 1024 * 1024;
const WORDS = {
  created: 'was made',
  changed: 'was replaced: builds that begin from now on have it',
  same: 'is like that already',
} as const;

/** `slipway image update-buildkitd [FILE]`: the file, or else Slipway's own configuration. */
export async function imageUpdateBuildkitd(context: CommandContext): Promise<number> {
  const settings = clusterOf(context);
  const [file] = context.positionals;
  const toml = file === undefined ? undefined : await readToml(resolve(context.currentFolder, file));
  const result = await replaceBuildkitd(settings, toml);
  const namespace = settings.namespace ?? '';
  context.stdout.write(
    wantsJson(context)
      ? commandLine('buildkitd-updated', { namespace, name: NAME, result })
      : `The ConfigMap ${NAME} in ${namespace} ${WORDS[result]}\n`,
  );
  return EXIT.passed;
}

async function readToml(path: string): Promise<string> {
  const bytes = await onFiles(`read ${path}`, async () => await readFile(path));
  const text = bytes.toString();
  if (bytes.length > LIMIT_BYTES || !Buffer.from(text).equals(bytes) || text.includes('\0'))
    throw new CommandError(`${path} is no buildkitd.toml: it is not text of at most 1 MiB`);
  return text;
}
