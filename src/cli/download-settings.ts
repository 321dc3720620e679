import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DURATION_EXAMPLES, parseDuration } from '../kernel/index.ts';
import type { TlsFiles } from '../server/index.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './command-error.ts';
import { dataFolder } from './data-folder.ts';
import { UsageError } from './exit-code.ts';
import { MAX_PORT, readPort } from './read-address.ts';

/** What flags and environment say of a download server. */
export interface DownloadSettings {
  readonly host: string;
  readonly port: number;
  /** Absent: HTTP. */
  readonly tlsFiles?: TlsFiles;
  /** Absolute. */
  readonly roots: readonly string[];
  readonly drainTimeoutMs: number;
  readonly requireSigned: boolean;
  readonly tokens: readonly string[];
}

/** Throws `UsageError`, and `CommandError` where a root is none. */
export function readDownloadSettings(
  context: CommandContext,
  { lowestPort }: { readonly lowestPort: 0 | 1 },
): DownloadSettings {
  const { flags } = context;
  const token = flags.text('token');
  return {
    host: flags.required('host'),
    port: portOf(flags.required('port'), lowestPort),
    ...readTlsFiles(context),
    roots: readRoots(context),
    drainTimeoutMs: readDrainTimeout(flags.required('drain-timeout')),
    requireSigned: flags.on('require-signed'),
    tokens: token === undefined ? [] : [token],
  };
}

function portOf(text: string, lowest: 0 | 1): number {
  const port = readPort(text, lowest);
  if (port !== undefined) return port;
  throw new UsageError(`invalid port number "${text}": expected ${lowest} to ${MAX_PORT}`); // the original's words
}

function readDrainTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined) return timeoutMs;
  throw new UsageError(`--drain-timeout: expected ${DURATION_EXAMPLES}, found "${text}"`);
}

function readTlsFiles({ flags, environment, currentFolder }: CommandContext): { tlsFiles?: TlsFiles } {
  // The second name is the original's slip of the pen; who has it set means it.
  const certFile = flags.text('certfile') ?? (environment['CERT_PEM_FILEFILE'] || undefined);
  const keyFile = flags.text('keyfile');
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) {
    const [missing, given] = certFile === undefined ? ['certfile', 'keyfile'] : ['keyfile', 'certfile'];
    throw new UsageError(`--${given} is given without --${missing}: HTTPS needs both, HTTP neither`);
  }
  return {
    tlsFiles: { certFile: resolve(currentFolder, certFile), keyFile: resolve(currentFolder, keyFile) },
  };
}

function readRoots({ flags, environment, currentFolder }: CommandContext): string[] {
  const storePath = environment['WERCKER_RUNNER_STOREPATH'];
  const named = flags.given('root') ? flags.all('root') : storePath ? [storePath] : [];
  if (named.length === 0) return [join(dataFolder(environment, currentFolder), 'downloads')];
  const roots = named.map((root) => resolve(currentFolder, root));
  for (const root of roots) {
    if (statSync(root, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new CommandError(`the root ${root} is no folder`, 'make it, or name another one with --root');
  }
  return roots;
}
