import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { systemWords } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../exit-code.ts';
import { hostEnvironment } from '../run-request.ts';

/** The variables of a submission, as the payload has them. */
export interface SentVariables {
  readonly env: Readonly<Record<string, string>>;
  readonly encryptedEnv: readonly string[];
}

const SENT = /^X_|^WERCKER_(STARTED_BY|MAIN_PIPELINE_STARTED)$/;
const SECRET = /^XXX_/;

export interface VariablesOptions {
  readonly taskId: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the task has to have ended: nobody reads the secrets after it. */
  readonly deadline: number;
}

/** Clocks of two machines may be apart. */
const SKEW_MS = 15 * 60_000;

/**
 * What of this machine's variables and of the environment file reaches a build. A secret is only ever sent so that the
 * workers alone can read it. Throws `UsageError` where there is no key for that.
 */
export async function readVariables(
  context: CommandContext,
  options: VariablesOptions,
): Promise<SentVariables> {
  const all = [...(await hostEnvironment(context))];
  const secrets = all.filter(([name]) => SECRET.test(name));
  const env = Object.fromEntries(all.filter(([name]) => SENT.test(name)));
  if (secrets.length === 0) return { env, encryptedEnv: [] };
  const keyFile = context.flags.text('encrypt-key');
  if (keyFile === undefined) throw unprotected(secrets.map(([name]) => name));
  return { env, encryptedEnv: await encrypt(resolve(context.currentFolder, keyFile), secrets, options) };
}

function unprotected(names: readonly string[]): UsageError {
  const shown = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return new UsageError(
    `${shown}${more}: secrets are not sent where everybody who reads the task could see them; --encrypt-key FILE names the workers' public key (or call them X_…, if they are none)`,
  );
}

async function encrypt(
  file: string,
  secrets: readonly (readonly [name: string, value: string])[],
  { taskId, now, deadline }: VariablesOptions,
): Promise<readonly string[]> {
  const openpgp = await import('openpgp');
  const key = await readKey(openpgp, file);
  return await Promise.all(
    secrets.map(async ([name, value]) => {
      const content = {
        messageVersion: '1',
        taskId,
        startTime: now - SKEW_MS,
        endTime: deadline + SKEW_MS,
        name,
        value,
      };
      const message = await openpgp.createMessage({ text: JSON.stringify(content) });
      const bytes = await openpgp.encrypt({ message, encryptionKeys: key, format: 'binary' });
      return Buffer.from(bytes).toString('base64');
    }),
  );
}

async function readKey(
  openpgp: typeof import('openpgp'),
  file: string,
): Promise<import('openpgp').PublicKey> {
  try {
    return await openpgp.readKey({ armoredKey: await readFile(file, 'utf8') });
  } catch (cause) {
    const why = systemWords(cause) ?? 'it is no armored OpenPGP public key';
    throw new CommandError(`--encrypt-key: ${file} cannot be used: ${why}`);
  }
}
