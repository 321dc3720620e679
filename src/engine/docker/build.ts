import type { IncomingMessage } from 'node:http';
import type { BuildOptions } from '../engine.ts';
import { EngineError } from '../error.ts';
import { checkReference } from '../reference.ts';
import { bodyChunks, expectFine } from './answer.ts';
import type { ApiClient, Call } from './api-client.ts';
import { type BuildStep, buildError, readStep, readTrouble } from './build-step.ts';
import { field, type Json, optional, readText } from './json.ts';
import { readJsonLines } from './json-lines.ts';
import { query } from './path.ts';
import { isPodman } from './ping.ts';
import { readProgress } from './progress.ts';
import { registryConfig, withoutPasswords } from './registry-auth.ts';
import { sendBody } from './upload.ts';

export async function buildImage(
  api: ApiClient,
  context: AsyncIterable<Uint8Array>,
  options: BuildOptions,
): Promise<string> {
  const { references, credentials = {}, extraHosts, signal } = options;
  for (const reference of references) checkReference(reference);
  const podman = extraHosts !== undefined && (await isPodman(api, signal));
  const call = {
    method: 'POST',
    path: `/build${buildQuery(options, podman)}`,
    doing: `build the image ${references[0] ?? 'without a name'}`,
    headers: registryConfig(credentials),
    signal,
  } as const;
  try {
    return await sendBody(api, call, context, (response) => readBuild(api, { call, response, options }));
  } catch (error) {
    throw withoutPasswords(
      error,
      Object.values(credentials).map(({ password }) => password),
    );
  }
}

function buildQuery(options: BuildOptions, podman: boolean): string {
  const { references, dockerfile, buildArgs, labels, noCache, squash } = options;
  const { extraHosts, network, pull, keepIntermediate = false } = options;
  return query({
    t: references,
    dockerfile,
    buildargs: buildArgs,
    labels,
    nocache: noCache,
    squash: squash || undefined,
    // Podman reads one list, Docker one value after the other.
    extrahosts: podman ? JSON.stringify(extraHosts) : extraHosts,
    networkmode: network,
    pull,
    rm: !keepIntermediate,
    forcerm: !keepIntermediate,
  });
}

interface BuildAnswer {
  readonly call: Call;
  readonly response: IncomingMessage;
  readonly options: BuildOptions;
}

async function readBuild(api: ApiClient, { call, response, options }: BuildAnswer): Promise<string> {
  await expectFine(api, call, response, { table: 'build' });
  let step: BuildStep | undefined;
  let id: string | undefined;
  for await (const line of readJsonLines(bodyChunks(api, call, response), call.doing)) {
    const trouble = readTrouble(line);
    if (trouble) throw buildError(trouble, step, call.doing);
    id = optional(field(line, 'aux'), readId) ?? id;
    const text = optional(field(line, 'stream'), readText);
    step = readStep(text) ?? step;
    if (text !== undefined) await options.onOutput?.(text);
    const progress = readProgress(line);
    if (progress) options.onProgress?.(progress);
  }
  if (id !== undefined) return id;
  throw new EngineError('PROTOCOL', `cannot ${call.doing}: the engine does not say what it built`);
}

function readId(aux: Json): string | undefined {
  return optional(field(aux, 'ID'), readText);
}
