import { readFile } from 'node:fs/promises';
import { systemWords } from '../../kernel/index.ts';
import { type ActiveFeature, TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { encryptedVariables, plainVariables } from './read-payload.ts';

interface Variable {
  readonly name: string;
  readonly value: string;
}

// A value that Linux passes on has at most 128 KiB; encrypted and in base64 it is somewhat longer.
const MAX_MESSAGE_CHARACTERS = 256 * 1024;
const MAX_CLEAR_BYTES = 512 * 1024;
const RESERVED: ReadonlySet<string> = new Set(['TASK_ID', 'RUN_ID']);

/** `encryptedEnv`: variables that only the workers with the key can read; `undefined` where the payload has none. */
export function encryptedEnv(task: TaskContext): ActiveFeature | undefined {
  const messages = encryptedVariables(task);
  if (messages.length === 0) return undefined;
  return {
    name: 'encryptedEnv',
    async created() {
      const decrypt = await openDecryption(task.settings.encryptedEnvKeyFile);
      const plain = plainVariables(task);
      const found = new Map<string, string>();
      for (const [at, message] of messages.entries()) {
        const where = `encryptedEnv[${at}]`;
        const { name, value } = check(task, await decrypt(message, where), where);
        if (plain.has(name) || found.has(name))
          throw new TaskFailure(`${where}: the variable ${name} is there already`);
        found.set(name, value);
        task.log.addSecrets([value]);
      }
      return { environment: Object.fromEntries(found) };
    },
  };
}

type Decrypt = (message: string, where: string) => Promise<string>;

async function openDecryption(keyFile: string | undefined): Promise<Decrypt> {
  if (keyFile === undefined) throw new TaskFailure('encryptedEnv: this worker has no key to read it with');
  const openpgp = await import('openpgp');
  const config = { maxDecompressedMessageSize: MAX_CLEAR_BYTES };
  const key = await readKey(openpgp, keyFile);
  return async (text, where) => {
    if (text.length > MAX_MESSAGE_CHARACTERS) throw new TaskFailure(`${where}: the message is too long`);
    try {
      const message = await openpgp.readMessage({ binaryMessage: Buffer.from(text, 'base64') });
      const { data } = await openpgp.decrypt({ message, decryptionKeys: key, config });
      return data;
    } catch (cause) {
      // Why exactly is of no use to who wrote the task, and of some to who guesses at keys.
      throw new TaskFailure(`${where}: expected base64 of an OpenPGP message for the key of this worker`, {
        cause,
      });
    }
  };
}

type OpenPgp = typeof import('openpgp');

async function readKey(openpgp: OpenPgp, file: string): Promise<import('openpgp').PrivateKey> {
  try {
    return await openpgp.readPrivateKey({ armoredKey: await readFile(file, 'utf8') });
  } catch (cause) {
    const why = systemWords(cause) ?? 'it is no armored OpenPGP private key';
    throw new TaskFailure(`encryptedEnv: the key of this worker cannot be read: ${why}`, {
      exception: 'internal-error',
      cause,
    });
  }
}

/** Whether a message is for this task and this moment. Throws `TaskFailure`; no message says what was decrypted. */
function check(task: TaskContext, text: string, where: string): Variable {
  const content = parse(text);
  const wrong = (what: string): TaskFailure => new TaskFailure(`${where}: ${what}`);
  if (content === undefined) throw wrong('expected a JSON object in the message');
  if (content['messageVersion'] !== '1') throw wrong('expected messageVersion "1"');
  if (content['taskId'] !== task.taskId) throw wrong('the message is for another task');
  const { startTime, endTime, name, value } = content;
  if (typeof startTime !== 'number' || typeof endTime !== 'number')
    throw wrong('expected startTime and endTime in milliseconds since 1970');
  const now = task.now();
  if (now < startTime) throw wrong('the message is not valid yet');
  if (now > endTime) throw wrong('the message is not valid any more');
  if (typeof name !== 'string' || !/^[^=\0]+$/.test(name)) throw wrong('expected the name of a variable');
  if (typeof value !== 'string' || value.includes('\0')) throw wrong('expected a text as the value');
  if (RESERVED.has(name)) throw wrong(`${name} is given by the worker`);
  return { name, value };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const content: unknown = JSON.parse(text);
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isObject ? { ...content } : undefined;
  } catch {
    return undefined; // the caller says so
  }
}
