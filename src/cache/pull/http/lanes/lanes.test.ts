import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CacheError } from '../../../error.ts';
import type { CameFile, RemoteFiles } from '../../remote-files.ts';
import { openHttpFiles } from '../http-files.ts';

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return `http://127.0.0.1:${port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createHttpServer(listener));

/** A server that answers whatever comes with the same bytes, and goes on. */
const saying = (answer: string | Buffer): Promise<string> =>
  listen(createServer((socket) => void socket.once('data', () => socket.write(answer))));

interface Opening {
  readonly environment?: NodeJS.ProcessEnv;
  readonly stallTimeoutMs?: number;
}

const CONNECTIONS = 3;

function files(base: string, { environment = {}, stallTimeoutMs = 20_000 }: Opening = {}): RemoteFiles {
  const opened = openHttpFiles(new URL(base), { connections: CONNECTIONS, stallTimeoutMs, environment });
  onTestFinished(() => opened[Symbol.dispose]());
  return opened;
}

const PATHS = Array.from({ length: 100 }, (_, i) => `objects/${i}`);
const WHOLE_BYTES = 1000;

interface Fetching {
  readonly paths?: readonly string[];
  readonly signal?: AbortSignal;
  readonly check?: (path: string, file: CameFile) => void;
}

/** What came, by its path. */
async function fetchMany(from: RemoteFiles, options: Fetching = {}): Promise<Map<string, string>> {
  const { paths = PATHS, signal = new AbortController().signal, check = () => {} } = options;
  const came = new Map<string, string>();
  const take = async (path: string, file: CameFile): Promise<void> => {
    check(path, file);
    const bytes = 'bytes' in file ? file.bytes : await buffer(file.content);
    if ('sizeBytes' in file) expect(bytes.length).toBe(file.sizeBytes);
    expect(came.has(path)).toBe(false);
    came.set(path, bytes.toString('latin1'));
  };
  await from.fetchMany?.(paths, { signal, wholeBytes: WHOLE_BYTES, take });
  return came;
}

const contentOf = (path: string): string => path.repeat(path.endsWith('7') ? 40_000 : 3);

describe('many files of a web server', () => {
  it('come over few connections, small ones whole and large ones in pieces', async () => {
    let connections = 0;
    const server = createHttpServer(({ url = '' }, response) => {
      const content = contentOf(url.slice(1));
      response.writeHead(200, { 'content-length': content.length }).end(content);
    }).on('connection', () => {
      connections += 1;
    });
    const wholes = new Set<boolean>();
    const came = await fetchMany(files(await listen(server)), {
      check: (path, file) => {
        wholes.add('bytes' in file);
        expect('bytes' in file).toBe(contentOf(path).length <= WHOLE_BYTES);
      },
    });
    expect(came).toEqual(new Map(PATHS.map((path) => [path, contentOf(path)])));
    expect(wholes.size).toBe(2);
    expect(connections).toBeLessThanOrEqual(CONNECTIONS);
  });

  it('are asked for with the user, the password and the query of the address, each part encoded', async () => {
    const asked = new Set<string>();
    const url = await serve(({ url: target = '', headers }, response) => {
      asked.add(`${target} ${headers.authorization} ${headers.host}`);
      response.writeHead(200, { 'content-length': 0 }).end();
    });
    const { host } = new URL(url);
    const from = files(`http://m%C3%A9:p%40ss@${host}/a/?key=1#part`);
    expect((await fetchMany(from, { paths: ['x/größe?\r\ny: z'] })).size).toBe(1);
    const credentials = Buffer.from('mé:p@ss').toString('base64');
    expect([...asked]).toEqual([`/a/x/gr%C3%B6%C3%9Fe%3F%0D%0Ay%3A%20z?key=1 Basic ${credentials} ${host}`]);
  });

  it('come from servers that close their connections after some requests, said or not', async () => {
    let answers = 0;
    const url = await serve(({ url: target = '', socket }, response) => {
      answers += 1;
      const isLast = answers % 5 === 0;
      const headers = { 'content-length': target.length, ...(answers % 10 === 0 && { connection: 'close' }) };
      response.writeHead(200, headers).end(target, () => isLast && socket.destroySoon());
    });
    expect(new Set((await fetchMany(files(url))).keys())).toEqual(new Set(PATHS));
  });

  it('are left to others where the environment names a proxy', async () => {
    let requests = 0;
    const url = await serve((_, response) => {
      requests += 1;
      response.end();
    });
    expect((await fetchMany(files(url, { environment: { HTTP_PROXY: url } }))).size).toBe(0);
    expect(requests).toBe(0);
  });

  const OK = 'HTTP/1.1 200 OK\r\n';
  it.each([
    ['another status', 'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nxx'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n'],
    ['what comes before an answer', `HTTP/1.1 100 Continue\r\n\r\n${OK}content-length: 2\r\n\r\nxx`],
    ['a part', 'HTTP/1.1 206 Partial Content\r\ncontent-length: 2\r\n\r\nxx'],
    ['another protocol', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nxx'],
    ['no protocol', 'xx\r\n\r\n'],
    ['no length', `${OK}\r\nxx`],
    ['two lengths', `${OK}content-length: 2\r\nContent-Length: 2\r\n\r\nxx`],
    ['a list of lengths', `${OK}content-length: 2, 2\r\n\r\nxx`],
    ['a length with a sign', `${OK}content-length: +2\r\n\r\nxx`],
    ['a length below nothing', `${OK}content-length: -2\r\n\r\nxx`],
    ['a length beyond all numbers', `${OK}content-length: 99999999999999999999\r\n\r\nxx`],
    ['a length in another notation', `${OK}content-length: 0x2\r\n\r\nxx`],
    ['chunks', `${OK}transfer-encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n`],
    [
      'chunks and a length',
      `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n`,
    ],
    ['compressed bytes', `${OK}content-length: 2\r\ncontent-encoding: gzip\r\n\r\nxx`],
    ['a line that is no field', `${OK}content-length: 2\r\nfield\r\n\r\nxx`],
    ['a space behind a name', `${OK}content-length : 2\r\n\r\nxx`],
    ['a folded line', `${OK}x: y\r\n content-length: 2\r\n\r\nxx`],
    ['a line feed alone', `${OK}x: y\ncontent-length: 2\r\n\r\nxx`],
    ['a head without an end', OK + 'x: y\r\n'.repeat(5000)],
  ])('are left to others when %s comes', async (_, answer) => {
    expect((await fetchMany(files(await saying(answer)))).size).toBe(0);
  });

  it('are left to others when a server says nothing, or nearly nothing', async () => {
    const silent = await listen(createServer((socket) => void socket.resume()));
    expect((await fetchMany(files(silent, { stallTimeoutMs: 50 }))).size).toBe(0);
    const timers = new Set<NodeJS.Timeout>();
    onTestFinished(() => timers.forEach(clearInterval));
    const slow = await listen(
      createServer((socket) => {
        timers.add(setInterval(() => socket.write('HTTP/1.1 200 OK\r\nx'.slice(0, 1)), 10));
      }),
    );
    expect((await fetchMany(files(slow, { stallTimeoutMs: 100 }))).size).toBe(0);
  });

  it('are left to others when one breaks off, but for those that came before', async () => {
    const url = await serve(({ url: target }, response) => {
      if (target === '/objects/50')
        response.writeHead(200, { 'content-length': 5 }).write('xx', () => response.destroy());
      else response.writeHead(200, { 'content-length': 2 }).end('xx');
    });
    const came = await fetchMany(files(url));
    expect(came.has('objects/50')).toBe(false);
    expect(came.size).toBeGreaterThan(0);
  });

  it("are left to others when one is not what it has to be, and this machine's own trouble is told", async () => {
    const url = await serve((_, response) => void response.writeHead(200, { 'content-length': 2 }).end('xx'));
    const failing = (code: 'CORRUPT_OBJECT' | 'NO_SPACE') => (path: string) => {
      if (path === 'objects/50') throw new CacheError(code, 'because of the test');
    };
    const came = await fetchMany(files(url), { check: failing('CORRUPT_OBJECT') });
    expect(came.has('objects/50')).toBe(false);
    await expect(fetchMany(files(url), { check: failing('NO_SPACE') })).rejects.toMatchObject({
      code: 'NO_SPACE',
    });
  });

  it('are waited for no longer than somebody wants them', async () => {
    const stop = new AbortController();
    const url = await listen(
      createServer((socket) => socket.once('data', () => stop.abort(new Error('enough')))),
    );
    await expect(fetchMany(files(url), { signal: stop.signal })).rejects.toThrow('enough');
  });
});
