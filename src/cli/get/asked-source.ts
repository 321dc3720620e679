import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { artifactPath } from '../../download/index.ts';
import {
  type FetchSource,
  fetchStream,
  openHttpSource,
  RETRY_PAUSES_MS,
} from '../../download-client/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { UsageError } from '../exit-code.ts';
import { onFiles } from '../file-error.ts';
import { LATEST } from '../find-run.ts';
import { readWebAddress } from '../read-address.ts';
import type { AskedPart } from './asked-part.ts';

/** What a command line asks for; dispose it when nothing of it is open any more. */
export interface AskedSource extends AsyncDisposable {
  open(signal: AbortSignal): Promise<FetchSource>;
}

const DEFAULT_ARTIFACT = 'output';

/** Finds out where what is asked for is: at an address, at a server, or in a store. Throws `UsageError`, `CommandError`. */
export async function askedSource(context: CommandContext, part: AskedPart): Promise<AskedSource> {
  const { flags, positionals } = context;
  const [wanted, name] = positionals;
  if (wanted === undefined) throw new UsageError('artifacts get: what? Name a run, "latest", or an address');
  if (/^https?:\/\//i.test(wanted)) {
    if (name !== undefined)
      throw new UsageError(`artifacts get: an address is all of it, found also "${name}"`);
    return await atAddress(context, withPart(readWebAddress(wanted), part));
  }
  const server = flags.text('server');
  const artifact = { wanted, name: name ?? DEFAULT_ARTIFACT, part };
  if (server !== undefined) return await atServer(context, readWebAddress(server, 'server'), artifact);
  const { inStore } = await import('./stored-source.ts');
  return await inStore(context, artifact);
}

/** An artifact of a run. */
export interface AskedArtifact {
  readonly wanted: string;
  readonly name: string;
  readonly part: AskedPart;
}

function withPart(url: URL, { path, as }: AskedPart): URL {
  const asked = new URL(url);
  if (path !== undefined) asked.searchParams.set('path', path);
  if (as !== undefined) asked.searchParams.set('as', as);
  return asked;
}

async function atAddress(context: CommandContext, url: URL): Promise<AskedSource> {
  const options = await httpOptions(context);
  return {
    open: (signal) => openHttpSource({ ...options, url, signal }),
    [Symbol.asyncDispose]: async () => {},
  };
}

interface HttpOptions {
  readonly token?: string;
  readonly connections: number;
  readonly stallTimeoutMs: number;
}

async function httpOptions({ flags, currentFolder }: CommandContext): Promise<HttpOptions> {
  const file = flags.text('token-file');
  const path = file === undefined ? undefined : resolve(currentFolder, file);
  const token = path && (await onFiles(`read the token in ${path}`, () => readFile(path, 'utf8'))).trim();
  if (token !== undefined && !/^[!-~]+$/.test(token)) {
    throw new CommandError(`--token-file: ${path} holds no token`, 'It is one word, alone in the file.');
  }
  return {
    connections: connectionsOf(flags.number('connections')),
    stallTimeoutMs: (flags.number('stall-timeout') ?? 30) * 1000,
    ...(token !== undefined && { token }),
  };
}

const MAX_CONNECTIONS = 64;

export function connectionsOf(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number <= MAX_CONNECTIONS) return number;
  throw new UsageError(
    `--connections: expected a whole number from 1 to ${MAX_CONNECTIONS}, found "${number}"`,
  );
}

async function atServer(
  context: CommandContext,
  server: URL,
  { wanted, name, part }: AskedArtifact,
): Promise<AskedSource> {
  const base = server.href.replace(/\/+$/, '');
  const runId = wanted === LATEST ? await newestOf(context, new URL(`${base}/api/v1/runs?limit=1`)) : wanted;
  return await atAddress(context, new URL(base + artifactPath(runId, name, part)));
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

async function newestOf(context: CommandContext, url: URL): Promise<string> {
  const options = await httpOptions(context);
  const { signal } = new AbortController();
  const pieces: Buffer[] = [];
  let size = 0;
  await fetchStream({
    open: () => openHttpSource({ ...options, url, signal }),
    write: async (bytes) => {
      size += bytes.length;
      if (size > MAX_ANSWER_BYTES)
        throw new CommandError(`${url.origin} says more of its newest run than can be read`);
      pieces.push(Buffer.from(bytes));
    },
    retryPausesMs: RETRY_PAUSES_MS,
    onNotice: (text) => context.stderr.write(`${text}\n`),
    onProgress: () => {},
    signal,
  });
  const { RunsAnswer } = await import('./runs-answer.ts');
  const answer = RunsAnswer.safeParse(jsonOf(Buffer.concat(pieces).toString()));
  if (!answer.success) throw new CommandError(`${url.origin} does not answer as a download server does`);
  const [run] = answer.data.runs;
  if (run === undefined) throw new CommandError(`${url.origin} has no run yet`);
  return run.runId;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}
