import type { IncomingMessage } from 'node:http';
import { expectBuildKitOptions } from '../../buildkit-options.ts';
import type { BuildOptions } from '../../engine.ts';
import { EngineError } from '../../error.ts';
import { checkReference } from '../../reference.ts';
import { bodyChunks, expectFine, requestDone } from '../answer.ts';
import type { ApiClient, Call } from '../api-client.ts';
import { readTrouble } from '../build-step.ts';
import { field, type Json, optional, readText } from '../json.ts';
import { readJsonLines } from '../json-lines.ts';
import { query } from '../path.ts';
import { isPodman } from '../ping.ts';
import { sendBody } from '../upload.ts';
import { expectTar } from './expect-tar.ts';
import { ProgressText } from './progress-text.ts';
import { openSession } from './session.ts';
import { loadReader, type OpenReader, readTrace, type Trace } from './trace.ts';
import { FailedVertex, troubleError } from './trouble.ts';

/** BuildKit lets a step print 2 MiB, and may tell all of it at once, in base64. */
const TRACE_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Builds with the engine's BuildKit, with a session only for a tunnel: what else that would bring (secrets, credentials, caches
 * elsewhere) is not to be had. Closing the connection ends the instruction that runs, as the engine's `build/cancel` does.
 */
export async function buildWithBuildKit(
  api: ApiClient,
  context: AsyncIterable<Uint8Array>,
  options: BuildOptions,
): Promise<string> {
  const { references, signal } = options;
  const doing = `build the image ${references[0] ?? 'without a name'}`;
  for (const reference of references) checkReference(reference);
  expectBuildKitOptions(options, doing);
  const [podman, open] = await Promise.all([isPodman(api, signal), loadReader()]);
  if (podman) throw new EngineError('INVALID', `cannot ${doing}: Podman has no BuildKit`);
  if (options.id !== undefined) await endBuild(api, options.id, { doing, signal });
  using session = options.tunnel && (await openSession(api, options.tunnel, { doing, signal }));
  const path = `/build${buildQuery(options, session?.id)}`;
  const call = { method: 'POST', path, doing, signal } as const;
  return await sendBody(api, call, expectTar(context, doing), (response) =>
    readBuild({ api, call, response, options, open }),
  );
}

/** Ends what goes on under that id. The engine answers at once, also where nothing did. */
async function endBuild(api: ApiClient, id: string, { doing, signal }: Pick<Call, 'doing' | 'signal'>) {
  await requestDone(api, { method: 'POST', path: `/build/cancel${query({ id })}`, doing, signal });
}

function buildQuery(options: BuildOptions, session: string | undefined): string {
  const { id, references, dockerfile, buildArgs, labels, noCache, extraHosts, network, pull } = options;
  return query({
    version: '2',
    buildid: id,
    t: references,
    dockerfile,
    buildargs: buildArgs,
    labels,
    nocache: noCache,
    extrahosts: extraHosts,
    networkmode: network,
    session,
    pull,
  });
}

interface BuildAnswer {
  readonly api: ApiClient;
  readonly call: Call;
  readonly response: IncomingMessage;
  readonly options: BuildOptions;
  readonly open: OpenReader;
}

async function readBuild({ api, call, response, options, open }: BuildAnswer): Promise<string> {
  await expectFine(api, call, response, { table: 'buildkit' });
  const text = new ProgressText(call.doing);
  const failed = new FailedVertex();
  const tell = async (printed: string) => {
    if (printed !== '') await options.onOutput?.(printed);
  };
  let id: string | undefined;
  for await (const line of readJsonLines(bodyChunks(api, call, response), call.doing, TRACE_LIMIT_BYTES)) {
    expectBuildKit(line, call.doing);
    const trace = readTraceLine(line, open);
    if (trace) {
      failed.add(trace);
      await tell(text.add(trace));
    }
    const trouble = readTrouble(line);
    if (trouble) {
      await tell(text.close());
      throw troubleError(trouble, failed.name, call.doing);
    }
    id = readImageId(line) ?? id;
  }
  await tell(text.close());
  if (id !== undefined) return id;
  throw new EngineError('PROTOCOL', `cannot ${call.doing}: the engine does not say what it built`);
}

/** Engines that do not know `version` build with the classic builder, which begins with its first step. */
function expectBuildKit(line: Json, doing: string): void {
  const text = optional(field(line, 'stream'), readText);
  if (text === undefined || !/^step \d+\/\d+/i.test(text)) return;
  throw new EngineError('INVALID', `cannot ${doing}: the engine has no BuildKit`);
}

function readTraceLine(line: Json, open: OpenReader): Trace | undefined {
  if (optional(field(line, 'id'), readText) !== 'moby.buildkit.trace') return undefined;
  const bytes = Buffer.from(readText(field(line, 'aux')), 'base64');
  try {
    return readTrace(bytes, open);
  } catch (cause) {
    throw new EngineError('PROTOCOL', `cannot ${line.doing}: the progress of BuildKit cannot be read`, {
      cause,
    });
  }
}

function readImageId(line: Json): string | undefined {
  if (optional(field(line, 'id'), readText) !== 'moby.image.id') return undefined;
  return readText(field(field(line, 'aux'), 'ID'));
}
