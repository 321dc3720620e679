import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newTaskId } from '../../../queue-api/index.ts';
import type { TaskContext } from '../../task/task-context.ts';
import { type OwnServer, openOwnServer } from '../own-server/own-server.ts';
import { LOG_TYPE } from '../store-log.ts';

/** A live log that the worker serves itself. */
export interface ServedLog extends AsyncDisposable {
  /** Has the token that reading needs. */
  readonly url: string;
  /** Readers may take what is left of it, for a moment. */
  close(graceMs: number): Promise<void>;
}

const READERS = 64;
const PATH = /^\/log\/([A-Za-z0-9_-]{1,64})$/;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Serves the log of a run at `/log/<token>`: from its beginning, and then what comes until it ends. */
export async function serveLog(task: TaskContext): Promise<ServedLog> {
  const token = newTaskId(); // 122 random bits in 22 characters
  const expected = digest(token);
  const server: OwnServer = await openOwnServer(task, {
    secure: task.settings.ownSockets?.secureLiveLog ?? false,
    connections: READERS,
    handler: (request, response) => void answer(task, { request, response, expected }),
  });
  return {
    url: `${server.url}/log/${token}`,
    close: (graceMs) => server.close(graceMs),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly expected: Buffer;
}

async function answer(task: TaskContext, { request, response, expected }: Asked): Promise<void> {
  const [path = ''] = (request.url ?? '').split('?', 1);
  const [, given] = PATH.exec(path) ?? [];
  // Pages of the deployment read it from another origin; who knows the token may.
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('connection', 'close'); // a connection that stays would hold up the end of the run
  request.resume();
  if (given === undefined) return refuse(response, 404, 'there is nothing here');
  if (!timingSafeEqual(digest(given), expected))
    return refuse(response, 401, 'this is not the token of the log');
  if (request.method !== 'GET')
    return refuse(response, request.method === 'PUT' ? 400 : 405, 'the log can only be read');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, {
    'content-type': LOG_TYPE,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.flushHeaders();
  try {
    await pipeline(Readable.from(task.log.read({ follow: true, signal: gone.signal })), response);
  } catch {
    response.destroy(); // the reader went away, or its connection broke: nobody is left to be told
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
