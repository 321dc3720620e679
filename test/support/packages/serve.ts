import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { docker } from '../images.ts';
import type { SourceFiles } from './sources.ts';

/** A server of packages that containers reach; dispose it to close it. */
export interface PackageServer extends AsyncDisposable {
  /** `http://ADDRESS:PORT` */
  readonly url: string;
  readonly host: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  add(files: SourceFiles): void;
}

/** Serves on the address that this machine has on the engine's bridge. */
export async function servePackages(): Promise<PackageServer> {
  const files = new Map<string, string | Buffer>();
  const asked: string[] = [];
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://host');
    asked.push(pathname);
    const content = files.get(pathname);
    response.writeHead(
      content === undefined ? 404 : 200,
      pathname.endsWith('/') ? { 'content-type': 'text/html' } : {},
    );
    response.end(content);
  });
  const host = docker('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}');
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `http://${host}:${port}`,
    host,
    asked,
    add(more) {
      for (const [path, content] of Object.entries(more)) files.set(path, content);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
