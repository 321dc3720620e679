import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fetched, type FetchFileOptions, fetchFile } from '../fetch-file.ts';
import { openHttpSource } from '../http-source.ts';
import { type FaultServer, type Served, startFaultServer } from './fault-server.ts';

/** Bytes of which no two places look alike; another seed gives others. */
export function patternOf(sizeBytes: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0; i < words.length; i += 1) words[i] = Math.imul(i + seed, 2_654_435_761);
  return Buffer.from(words.buffer, 0, sizeBytes);
}

/** A server that can fail, and a folder that is fetched to. */
export interface FetchRig extends AsyncDisposable {
  readonly server: FaultServer;
  readonly folder: string;
  readonly target: string;
  readonly notices: string[];
  readonly signal: AbortController;
  fetch(options?: Partial<FetchFileOptions> & { readonly stallTimeoutMs?: number }): Promise<Fetched>;
  /** The target's content. */
  content(): Buffer;
  /** What is in the folder, in order. */
  names(): string[];
}

export async function openFetchRig(served: Served): Promise<FetchRig> {
  const server = await startFaultServer(served);
  const folder = mkdtempSync(join(tmpdir(), 'slipway-fetch-'));
  const target = join(folder, 'output.tar');
  const controller = new AbortController();
  const notices: string[] = [];
  const { signal } = controller;
  return {
    server,
    folder,
    target,
    notices,
    signal: controller,
    fetch: ({ stallTimeoutMs = 20_000, ...options } = {}) =>
      fetchFile({
        open: () => openHttpSource({ url: server.url, connections: 4, stallTimeoutMs, signal }),
        targetOf: () => target,
        replace: false,
        connections: 4,
        onProgress: () => {},
        onNotice: (text) => notices.push(text),
        retryPausesMs: [1, 1, 1, 1],
        signal,
        ...options,
      }),
    content: () => readFileSync(target),
    names: () => readdirSync(folder).sort((a, b) => a.localeCompare(b)),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
