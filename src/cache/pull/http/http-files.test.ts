import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RemoteFiles } from '../remote-files.ts';
import { openHttpFiles } from './http-files.ts';

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return `http://127.0.0.1:${port}`;
}

function files(base: string, environment: NodeJS.ProcessEnv = {}, stallTimeoutMs = 20_000): RemoteFiles {
  const opened = openHttpFiles(new URL(base), { connections: 2, stallTimeoutMs, environment });
  onTestFinished(() => opened[Symbol.dispose]());
  return opened;
}

const { signal } = new AbortController();

async function read(from: RemoteFiles, path: string, body?: Uint8Array): Promise<string | undefined> {
  await using file = await from.open(path, { signal, ...(body !== undefined && { body }) });
  return file && String(await buffer(file));
}

describe('files of a web server', () => {
  it('are asked for below the path of the address, each part encoded, with its query', async () => {
    const asked: (string | undefined)[] = [];
    const url = await listen(
      createServer(({ url: target }, response) => {
        asked.push(target);
        response.end('there');
      }),
    );
    expect(await read(files(`${url}/artifacts/?key=1#part`), 'refs/heads/größe/a?b')).toBe('there');
    expect(asked).toEqual(['/artifacts/refs/heads/gr%C3%B6%C3%9Fe/a%3Fb?key=1']);
  });

  it('come through the proxy that the environment names, unless it names the host as one of its own', async () => {
    const throughProxy: (string | undefined)[] = [];
    const proxy = await listen(
      createServer(({ url: target }, response) => {
        throughProxy.push(target);
        response.end('by proxy');
      }),
    );
    const direct = await listen(createServer((_, response) => void response.end('direct')));
    expect(await read(files('http://cache.invalid/a'), 'x').catch(({ code }) => code)).toBe('UNAVAILABLE');
    expect(await read(files('http://cache.invalid/a', { http_proxy: proxy }), 'x')).toBe('by proxy');
    expect(throughProxy).toEqual(['http://cache.invalid/a/x']);
    expect(await read(files(direct, { http_proxy: proxy, no_proxy: '127.0.0.1' }), 'x')).toBe('direct');
  });

  it('name no password of a proxy whose address cannot be read', () => {
    for (const http_proxy of ['http://me:hunter2@proxy:x', 'http://me:hun/ter2@proxy']) {
      expect(() => files('http://cache.invalid/a', { http_proxy })).toThrow(
        expect.objectContaining({
          code: 'INVALID_CONFIGURATION',
          message: 'the address of a proxy is not one',
        }),
      );
    }
  });

  it('quote nothing of a proxy that a terminal would act on', async () => {
    const proxy = createServer();
    proxy.on('connect', (_, socket) => void socket.end('HTTP/1.1 407 \u001b[31mno\u009b2J\r\n\r\n'));
    const https_proxy = await listen(proxy);
    const { message } = await read(files('https://cache.invalid/a', { https_proxy }), 'x').then(
      () => expect.unreachable(),
      (error: Error) => error,
    );
    expect(message).toContain('407 ␛[31mno');
    expect(message).not.toMatch(/\p{Cc}/u);
  });

  it('do not come from servers that send nearly nothing for a long time', async () => {
    let timer: NodeJS.Timeout | undefined;
    const url = await listen(
      createServer((_, response) => {
        response.writeHead(200);
        timer = setInterval(() => response.write('.'), 20);
      }),
    );
    await expect(read(files(url, {}, 200), 'x')).rejects.toThrow(/sends too slowly: \d+ bytes so far/);
    clearInterval(timer);
  });

  it('are asked for again where a connection that was used before turns out to be closed', async () => {
    let requests = 0;
    const server = createServer((request, response) => {
      requests += 1;
      response.end(String(requests));
      if (requests === 1) response.on('finish', () => setImmediate(() => request.socket.destroy()));
    });
    const from = files(await listen(server));
    expect(await read(from, 'x')).toBe('1');
    expect(await read(from, 'x')).toBe('2');
  });

  it('are asked for with a signature where that may be needed, and no redirect takes it elsewhere', async () => {
    const asked: (readonly [string, string | undefined])[] = [];
    const note = (at: string, authorization: string | undefined) => void asked.push([at, authorization]);
    const elsewhere = await listen(
      createServer(({ url: path, headers }, response) => {
        note(`elsewhere ${path}`, headers.authorization);
        response.end('there');
      }),
    );
    const url = await listen(
      createServer(({ url: path = '', headers }, response) => {
        note(path, headers.authorization);
        if (path.endsWith('/away')) response.writeHead(307, { location: `${elsewhere}/refs/heads/x` }).end();
        else if (path.endsWith('/moved')) response.writeHead(302, { location: '/refs/heads/here' }).end();
        else response.end('there');
      }),
    );
    const authorize = (method: string, { origin, pathname }: URL): string =>
      `${method} ${origin === url ? '' : origin}${pathname}`;
    const options = { connections: 2, stallTimeoutMs: 20_000, environment: {}, authorize };
    using from = openHttpFiles(new URL(url), options);
    for (const path of ['refs/heads/here', 'refs/heads/moved', 'refs/heads/away', 'objects/ab/cd.commit'])
      expect(await read(from, path)).toBe('there');
    expect(await read(from, '.slipway/objects', Buffer.from('question'))).toBe('there');
    expect(asked).toEqual([
      ['/refs/heads/here', 'GET /refs/heads/here'],
      ['/refs/heads/moved', 'GET /refs/heads/moved'],
      ['/refs/heads/here', 'GET /refs/heads/here'],
      ['/refs/heads/away', 'GET /refs/heads/away'],
      ['elsewhere /refs/heads/x', undefined],
      ['/objects/ab/cd.commit', undefined],
      ['/.slipway/objects', undefined],
    ]);
  });

  it.each([401, 403])(
    'are refused by a server of ours with its reason, and by others are absent or locked: %s',
    async (status) => {
      const ours = { 'slipway-cache': '1' };
      const answering = (headers: Record<string, string>, body: string): Promise<string> =>
        listen(createServer((_, response) => void response.writeHead(status, headers).end(body)));
      const refused = async (url: string) => await read(files(url), 'x').catch((error: unknown) => error);
      const body = JSON.stringify({ message: 'you may\u001b not' });
      expect(await refused(await answering(ours, body))).toMatchObject({
        code: 'REFUSED',
        message: expect.stringMatching(/refused: you may␛ not$/),
      });
      expect(await refused(await answering(ours, '<html>'))).toMatchObject({
        code: 'REFUSED',
        message: expect.stringMatching(new RegExp(`refused: status ${status}$`)),
      });
      expect(await refused(await answering(ours, 'x'.repeat(100_000)))).toMatchObject({ code: 'TOO_LARGE' });
      const other = await refused(await answering({}, body));
      if (status === 403) expect(other).toBeUndefined();
      else expect(other).toMatchObject({ code: 'UNAVAILABLE' });
    },
  );

  it('cannot be asked questions where there are files alone', async () => {
    const url = await listen(
      createServer(({ method }, response) => {
        response.writeHead(method === 'POST' ? 405 : 404).end();
      }),
    );
    expect(await read(files(url), 'x', Buffer.from('question'))).toBeUndefined();
  });
});
