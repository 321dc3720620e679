import type { IncomingMessage } from 'node:http';
import { EngineError } from '../error.ts';
import type { ApiClient, Call } from './api-client.ts';
import { type Refusal, refusalError } from './errors.ts';
import { field, type Json, optional, parseJson, readText } from './json.ts';

/** How a call's answers are to be understood. */
export interface Reading {
  /** Which words of the engine mean what. */
  readonly table?: Parameters<typeof refusalError>[1];
  /** Statuses beyond 2xx that mean the same as success, or that the thing is absent. */
  readonly fine?: readonly number[];
}

/** The largest document accepted; an image of a thousand layers and labels stays below 1 MiB. */
const DOCUMENT_LIMIT_BYTES = 32 * 1024 * 1024;
const REFUSAL_LIMIT_BYTES = 64 * 1024;

/** The answer, its body unread, unless its status says that the engine refused: then the error for that. */
export async function request(api: ApiClient, call: Call, reading: Reading = {}): Promise<IncomingMessage> {
  const response = await api.send(call);
  await expectFine(api, call, response, reading);
  return response;
}

/** Throws the error for an answer that is a refusal. */
export async function expectFine(
  api: ApiClient,
  call: Call,
  response: IncomingMessage,
  reading: Reading = {},
): Promise<void> {
  const status = response.statusCode ?? 0;
  if ((status >= 200 && status < 300) || reading.fine?.includes(status)) return;
  throw refusalError(await readRefusal(api, call, response), reading.table);
}

/** The document that the engine answers with. */
export async function requestJson(api: ApiClient, call: Call, reading: Reading = {}): Promise<Json> {
  const response = await request(api, call, reading);
  return parseJson((await readBody(api, call, response, DOCUMENT_LIMIT_BYTES)).toString(), call.doing);
}

/** The document, or `undefined` when the engine answers that there is no such thing. */
export async function requestJsonIfPresent(api: ApiClient, call: Call): Promise<Json | undefined> {
  const response = await request(api, call, { fine: [404] });
  const body = await readBody(api, call, response, DOCUMENT_LIMIT_BYTES);
  const document = parseJson(body.toString(), call.doing);
  if (response.statusCode !== 404) return document;
  // Something else than an engine may answer 404 to everything: that is no word on whether the thing exists.
  if (/^page not found/i.test(readText(field(document, 'message')))) {
    throw refusalError({
      status: 501,
      message: 'what answers does not know this request',
      doing: call.doing,
    });
  }
  return undefined;
}

/** For answers whose body says nothing of interest: it is read and forgotten. */
export async function requestDone(
  api: ApiClient,
  call: Call,
  reading: Reading = {},
): Promise<IncomingMessage> {
  const response = await request(api, call, reading);
  await readBody(api, call, response, DOCUMENT_LIMIT_BYTES);
  return response;
}

/** What the engine says about a request that it refuses. */
export async function readRefusal(api: ApiClient, call: Call, response: IncomingMessage): Promise<Refusal> {
  const body = (await readBody(api, call, response, REFUSAL_LIMIT_BYTES)).toString();
  return { status: response.statusCode ?? 0, message: refusalMessage(body), doing: call.doing };
}

/** The whole body. Throws `PROTOCOL` when it is longer than the limit. */
export async function readBody(
  api: ApiClient,
  call: Call,
  response: IncomingMessage,
  limitBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyChunks(api, call, response)) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw new EngineError(
        'PROTOCOL',
        `cannot ${call.doing}: the engine's answer is larger than ${limitBytes} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body in pieces as they come; the connection is closed when the reader stops early. */
export async function* bodyChunks(
  api: ApiClient,
  call: Pick<Call, 'doing' | 'signal'>,
  response: IncomingMessage,
): AsyncGenerator<Buffer, void> {
  try {
    yield* response;
  } catch (cause) {
    throw api.explain(cause, call);
  }
}

/** Engines answer `{"message":…}`; what stands between us and them may answer anything. */
function refusalMessage(body: string): string {
  try {
    const document = parseJson(body, 'refusal');
    return optional(field(document, 'message'), readText) ?? '';
  } catch {
    const firstLine = body.trim().split('\n', 1)[0] ?? '';
    return firstLine.slice(0, 200);
  }
}
