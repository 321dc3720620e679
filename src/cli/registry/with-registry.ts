import {
  openRegistryClient,
  type RegistryClient,
  type RegistryCredentials,
  RegistryError,
  readEndpoint,
} from '../../registry/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { dockerLogin } from './docker-login.ts';

type Use<T> = (client: RegistryClient, signal: AbortSignal) => Promise<T>;

/**
 * The registry that `--registry` or `REGISTRY_HOST` names, as `REGISTRY_USER`, or else as whom `docker login` stored for it.
 * Throws `UsageError` and `CommandError`.
 *
 * @param otherwise - the registry where neither is there
 */
export async function withRegistry<T>(context: CommandContext, use: Use<T>, otherwise?: string): Promise<T> {
  const { flags, environment, stderr } = context;
  const { host, isPlainHttp } = endpoint(flags.text('registry') ?? otherwise);
  const credentials = writtenLogin(environment) ?? (await dockerLogin(host, environment));
  const onNotice = (text: string): void => void stderr.write(`${text}\n`);
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  await using client = openRegistryClient({ host, isPlainHttp, credentials, onNotice });
  try {
    return await use(client, interrupts.signal);
  } catch (error) {
    throw explained(error, credentials);
  }
}

function endpoint(written: string | undefined) {
  if (written === undefined)
    throw new UsageError('no registry is named: --registry URL or REGISTRY_HOST, like http://127.0.0.1:5000');
  try {
    return readEndpoint(written);
  } catch (error) {
    if (error instanceof RegistryError) throw new UsageError(`--registry: ${error.message}`);
    throw error;
  }
}

function writtenLogin(environment: NodeJS.ProcessEnv): RegistryCredentials | undefined {
  const username = environment['REGISTRY_USER'] ?? '';
  const password = environment['REGISTRY_PASS'] ?? '';
  if (username === '' && password === '') return undefined;
  if (username !== '' && password !== '') return { username, password };
  const missing = username === '' ? 'REGISTRY_USER' : 'REGISTRY_PASS';
  throw new UsageError(`${missing} is not set: a login needs REGISTRY_USER and REGISTRY_PASS`);
}

function explained(error: unknown, credentials: RegistryCredentials | undefined): unknown {
  if (!(error instanceof RegistryError)) return error;
  if (error.code === 'UNAUTHORIZED' && credentials === undefined)
    return new CommandError(
      error.message,
      'No login is known: set REGISTRY_USER and REGISTRY_PASS, or use `docker login`.',
    );
  if (error.code === 'DELETE_DISABLED')
    return new CommandError(
      error.message,
      'A distribution registry lets images be deleted with `storage.delete.enabled: true` in its configuration.',
    );
  return new CommandError(error.message);
}
