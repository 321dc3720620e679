import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Controllers } from './controllers.ts';
import type { Executor } from './executor.ts';
import { Kubelet } from './kubelet.ts';
import { ObjectStore } from './object-store.ts';
import { admit } from './rules.ts';
import { fieldMatcher, labelMatcher } from './selectors.ts';
import { type Plural, Refusal, type StoredObject } from './stored-object.ts';
import { streamLog, streamWatch } from './streams.ts';

export interface StandInOptions {
  /** Runs the containers of pods. */
  readonly executor: Executor;
  /** Who asks has to bring it. @defaultValue everybody may */
  readonly token?: string;
  /** HTTPS with this certificate and key (PEM). @defaultValue HTTP */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whether the role lets one do this; what it does not is answered with 403. @defaultValue everything */
  readonly mayDo?: (verb: string, resource: string) => boolean;
  /** Why no pod may be made: a quota, an admission controller. */
  readonly refusePod?: () => string | undefined;
}

/** An API server of Kubernetes in this process, with the rules that matter to who builds images in one. */
export interface StandIn extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Requests so far, as `GET /api/v1/…`. */
  readonly requests: readonly string[];
  /** Makes an object, as its operator would. */
  create(plural: Plural, namespace: string, object: unknown): void;
  list(plural: Plural): readonly StoredObject[];
  /** Changes what is there, as whoever else may: a node, an operator. */
  update(plural: Plural, object: StoredObject, fields: Readonly<Record<string, unknown>>): void;
  /** Breaks every watch and log that is open. */
  breakStreams(): void;
  /** Forgets what happened, so that watches have to list anew. */
  forget(): void;
  /** Answers the next requests with this status. */
  failNext(status: number, times: number): void;
}

const BODY_LIMIT_BYTES = 3 * 1024 * 1024;
const ROUTE =
  /^\/(?:api\/v1|apis\/batch\/v1)\/namespaces\/([^/]+)\/(jobs|configmaps|secrets|pods|events)(?:\/([^/]+))?(\/log)?$/;

export async function openStandIn(options: StandInOptions): Promise<StandIn> {
  const store = new ObjectStore();
  const kubelet = new Kubelet(store, options.executor);
  const controllers = new Controllers(store, { refusePod: options.refusePod ?? (() => undefined) });
  const state: State = {
    options,
    store,
    kubelet,
    controllers,
    requests: [],
    streams: new Set(),
    failures: [],
  };
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    answer(state, request, response).catch((error: unknown) => refuse(response, error));
  };
  const server = options.tls === undefined ? createServer(handler) : createTlsServer(options.tls, handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests: state.requests,
    create: (plural, namespace, object) => void store.create(plural, namespace, admit(plural, object)),
    list: (plural) => store.list(plural),
    update: (plural, object, fields) => store.update(plural, object, fields),
    breakStreams: () => {
      for (const response of state.streams) response.destroy();
    },
    forget: () => store.compact(),
    failNext: (status, times) => void state.failures.push(...Array<number>(times).fill(status)),
    async [Symbol.asyncDispose]() {
      await kubelet.stop();
      controllers[Symbol.dispose]();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface State {
  readonly options: StandInOptions;
  readonly store: ObjectStore;
  readonly kubelet: Kubelet;
  readonly controllers: Controllers;
  readonly requests: string[];
  readonly streams: Set<ServerResponse>;
  readonly failures: number[];
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stand-in');
  state.requests.push(`${request.method} ${url.pathname}${url.search}`);
  const failure = state.failures.shift();
  if (failure !== undefined) throw new Refusal(failure, 'InternalError', 'the stand-in was told to fail');
  const { token } = state.options;
  if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
    throw new Refusal(401, 'Unauthorized', 'Unauthorized');
  if (url.pathname === '/version')
    return send(response, 200, { major: '1', minor: '20', gitVersion: 'v1.20.2-stand-in' });
  const [, namespace, plural, name, log] = ROUTE.exec(url.pathname) ?? [];
  if (namespace === undefined || plural === undefined)
    throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
  const target: Target = { namespace, plural: plural as Plural, name, query: url.searchParams }; // the pattern has only those
  const verb = verbOf(request, target);
  const resource = log === undefined ? plural : `${plural}${log}`;
  if (state.options.mayDo?.(verb, resource) === false)
    throw new Refusal(
      403,
      'Forbidden',
      `${resource} is forbidden: User "slipway" cannot ${verb} resource "${resource}" in the namespace "${namespace}"`,
    );
  if (log !== undefined) return serveLog(state, target, response);
  await serve(state, { ...target, verb }, request, response);
}

interface Target {
  readonly namespace: string;
  readonly plural: Plural;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
}

function verbOf({ method }: IncomingMessage, { name, query }: Target): string {
  if (method === 'GET' && name === undefined) return query.get('watch') === 'true' ? 'watch' : 'list';
  return { GET: 'get', POST: 'create', PUT: 'update', DELETE: 'delete' }[method ?? ''] ?? 'unknown';
}

async function serve(
  state: State,
  { verb, namespace, plural, name = '', query }: Target & { readonly verb: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { store } = state;
  const body = await bodyOf(request);
  if (verb === 'create')
    return send(response, 201, store.create(plural, namespace, admit(plural, JSON.parse(body))));
  if (verb === 'list' || verb === 'watch') {
    const labels = labelMatcher(query.get('labelSelector'));
    const fields = fieldMatcher(query.get('fieldSelector'));
    const matches = (object: StoredObject): boolean =>
      object.metadata.namespace === namespace && labels(object) && fields(object);
    if (verb === 'watch')
      return streamWatch({ store, plural, matches, query, streams: state.streams }, response);
    const items = store.list(plural).filter(matches);
    return send(response, 200, { kind: 'List', metadata: { resourceVersion: String(store.version) }, items });
  }
  const object = store.find(plural, namespace, name);
  if (object === undefined) throw new Refusal(404, 'NotFound', `${plural} "${name}" not found`);
  if (verb === 'get') return send(response, 200, object);
  if (verb === 'delete') {
    remove(state, plural, object, optionsOf(body));
    return send(response, 200, { kind: 'Status', status: 'Success' });
  }
  if (verb !== 'update')
    throw new Refusal(
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
    );
  const { metadata, ...fields } = admit(plural, JSON.parse(body));
  store.update(plural, object, {
    ...fields,
    metadata: { ...object.metadata, ...metadata, uid: object.metadata.uid },
  });
  return send(response, 200, store.find(plural, namespace, name));
}

/** A bare DELETE of a Job leaves its pods without an owner, as batch/v1 has it. */
function remove(
  { store, controllers }: State,
  plural: Plural,
  object: StoredObject,
  propagation: string | undefined,
): void {
  if (plural === 'pods') {
    controllers.removePod(object);
    return;
  }
  const orphans = propagation === 'Orphan' || (propagation === undefined && plural === 'jobs');
  if (orphans) {
    for (const each of store.all()) {
      const owners = each.object.metadata.ownerReferences?.filter(({ uid }) => uid !== object.metadata.uid);
      if (owners?.length !== each.object.metadata.ownerReferences?.length)
        store.update(each.plural, each.object, {
          metadata: { ...each.object.metadata, ownerReferences: owners },
        });
    }
  }
  store.remove(plural, object);
}

function optionsOf(body: string): string | undefined {
  const options: unknown = body === '' ? {} : JSON.parse(body);
  if (typeof options !== 'object' || options === null || !('propagationPolicy' in options)) return undefined;
  return String(options.propagationPolicy);
}

function serveLog(
  { store, kubelet, streams }: State,
  { namespace, name = '', query }: Target,
  response: ServerResponse,
): void {
  const pod = store.find('pods', namespace, name);
  const log = pod === undefined ? undefined : kubelet.logOf(pod);
  if (pod === undefined || log === undefined) throw new Refusal(404, 'NotFound', `pods "${name}" not found`);
  const status = pod['status'] as {
    readonly containerStatuses?: readonly { readonly name: string; readonly state: object }[];
  }; // the kubelet's
  const container = status.containerStatuses?.find((each) => each.name === query.get('container'));
  if (container === undefined)
    throw new Refusal(400, 'BadRequest', `container ${query.get('container')} is not valid for pod ${name}`);
  if ('waiting' in container.state)
    throw new Refusal(
      400,
      'BadRequest',
      `container "${container.name}" in pod "${name}" is waiting to start: ContainerCreating`,
    );
  streamLog({ log, query, streams }, response);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_LIMIT_BYTES)
      throw new Refusal(
        413,
        'RequestEntityTooLarge',
        `Request entity too large: limit is ${BODY_LIMIT_BYTES}`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, reason, message } =
    error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
  if (response.headersSent) return void response.destroy();
  send(response, status, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason,
    code: status,
  });
}
