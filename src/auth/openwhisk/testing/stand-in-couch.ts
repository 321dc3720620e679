import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { matchesSelector } from 'pouchdb-selector-core';

type Document = Readonly<Record<string, unknown>>;

/** What the next questions get instead of an answer. */
export type CouchFault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'answer'; readonly body: string }
  | { readonly kind: 'silent' | 'reset' | 'flood' };

/**
 * What speaks CouchDB's protocol as far as users are asked for: HTTP basic, `PUT` of databases and documents, `_find`. What a
 * selector finds is decided by PouchDB's own matching.
 */
export interface StandInCouch extends AsyncDisposable {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Every question that was answered or refused: `POST /nuvolaris_subjects/_find`. */
  readonly asked: readonly string[];
  fault: CouchFault | undefined;
  /** Puts a document; the database is made where there is none. */
  put(database: string, id: string, document: Document): Promise<void>;
  remove(database: string, id: string): void;
  /** Closes what clients keep open. */
  dropConnections(): void;
}

/** Starts one on a port of this machine. */
export async function startStandInCouch(tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<StandInCouch> {
  const [username, password] = ['whisk_admin', 'a-password-of-couchdb'];
  const login = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const databases = new Map<string, Map<string, Document>>();
  const asked: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request;
    asked.push(`${method} ${url}`);
    if (self.fault !== undefined) return fail(self.fault, response);
    const send = (status: number, body: object): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(`${JSON.stringify(body)}\n`);
    if (headers.authorization !== login)
      return send(401, { error: 'unauthorized', reason: 'Name or password is incorrect.' });
    const [database = '', document] = url.split('/').slice(1).map(decodeURIComponent);
    const found = databases.get(database);
    const body = (): Promise<unknown> => jsonOf(request);
    if (method === 'PUT' && document === undefined) {
      if (found !== undefined) return send(412, { error: 'file_exists', reason: 'It exists already.' });
      databases.set(database, new Map());
      return send(201, { ok: true });
    }
    if (found === undefined) return send(404, { error: 'not_found', reason: 'Database does not exist.' });
    if (method === 'PUT' && document !== undefined) {
      found.set(document, { _id: document, _rev: '1-0', ...((await body()) as Document) });
      return send(201, { ok: true, id: document, rev: '1-0' });
    }
    if (method === 'POST' && document === '_find') return send(200, find(found, await body()));
    send(405, { error: 'method_not_allowed', reason: 'Only POST allowed' });
  };
  const listener: RequestListener = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(400).end(JSON.stringify({ error: 'bad_request', reason: String(error) }));
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // of a port, not of a socket's file
  const self: StandInCouch = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    username,
    password,
    asked,
    fault: undefined,
    async put(database, id, document) {
      const documents = databases.get(database) ?? new Map<string, Document>();
      databases.set(database, documents);
      documents.set(id, { _id: id, _rev: '1-0', ...document });
    },
    remove: (database, id) => void databases.get(database)?.delete(id),
    dropConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return self;
}

function find(documents: ReadonlyMap<string, Document>, question: unknown): object {
  const { selector, limit = 25 } = question as { selector: object; limit?: number }; // others are a 400
  const docs = [...documents.values()].filter((each) => matchesSelector(each, selector)).slice(0, limit);
  return {
    docs,
    bookmark: 'nil',
    warning: 'No matching index found, create an index to optimize query time.',
  };
}

function fail(fault: CouchFault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status).end('{"error":"told to"}');
      return;
    case 'answer':
      response.writeHead(200, { 'content-type': 'application/json' }).end(fault.body);
      return;
    case 'reset':
      response.destroy();
      return;
    case 'silent':
      return;
    default: {
      const flood = (): void => {
        while (response.write('{"docs":[]}'.repeat(10_000)));
      };
      response.on('drain', flood);
      response.writeHead(200);
      flood();
    }
  }
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}
