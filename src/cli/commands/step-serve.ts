import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseTokens, serveSteps, type TokenEntry } from '../../steps/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { MAX_PORT, readPort, readWebAddress } from '../read-address.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { saveToken } from '../save-token.ts';

interface Tokens {
  readonly entries: readonly TokenEntry[];
  /** Where the token is that was made because none was given. */
  readonly madeIn?: string;
}

async function readTokens({ flags, currentFolder }: CommandContext, folder: string): Promise<Tokens> {
  const given = flags.text('token');
  const file = flags.text('tokens');
  const listed =
    file === undefined
      ? []
      : parseTokens(await onFiles(`read ${file}`, () => readFile(resolve(currentFolder, file), 'utf8')));
  if ('wrongLine' in listed) throw new UsageError(`--tokens: line ${listed.wrongLine} is not "OWNER TOKEN"`);
  if (given !== undefined) return { entries: [{ owner: '*', token: given }, ...listed] };
  if (listed.length > 0) return { entries: listed };
  const madeIn = join(folder, 'token');
  return { entries: [{ owner: '*', token: await ownToken(madeIn) }], madeIn };
}

async function ownToken(path: string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.trim() !== '') return kept.trim();
  const token = randomBytes(24).toString('base64url');
  await onFiles(`write ${path}`, () => saveToken(path, token));
  return token;
}

function portOf(text: string): number {
  const port = readPort(text, 0);
  if (port !== undefined) return port;
  throw new UsageError(`--port: expected a number up to ${MAX_PORT}, found "${text}"`);
}

const readPublicUrl = (text: string | undefined): { publicUrl?: string } =>
  text === undefined ? {} : { publicUrl: readWebAddress(text, 'public-url').href.replace(/\/+$/, '') };

/** `slipway step serve`: until Ctrl-C or SIGTERM. */
export async function stepServe(context: CommandContext): Promise<number> {
  const { flags, currentFolder, stdout, stderr } = context;
  const port = portOf(flags.required('port'));
  const publicUrl = readPublicUrl(flags.text('public-url'));
  const folder = resolve(currentFolder, flags.required('folder').replace(/^~\//, `${homedir()}/`));
  const { entries, madeIn } = await readTokens(context, folder);
  const host = flags.required('host');
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  await using server = await onFiles(`serve ${folder} on ${host} port ${port}`, () =>
    serveSteps({
      folder,
      host,
      port,
      tokens: entries,
      ...publicUrl,
      onTrouble: (error) => stderr.write(`${error instanceof Error ? error.message : error}\n`),
    }),
  );
  if (wantsJson(context)) {
    const { url } = server;
    stdout.write(
      commandLine('steps-served', { folder, url, ...(madeIn !== undefined && { tokenFile: madeIn }) }),
    );
  } else {
    stdout.write(`Serving steps of ${folder} on ${server.url}\n`);
    if (madeIn !== undefined) stdout.write(`The token to publish with is in ${madeIn}\n`);
  }
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort');
  return EXIT.passed;
}
