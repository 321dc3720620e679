import { chmod, lchown, link, lstat, mkdir, open, rm, symlink, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Extract, extract, type Header } from 'tar-stream';
import { EngineError } from '../error.ts';
import type { Source } from '../source.ts';
import { drained } from './drained.ts';
import { isRoot } from './host-tools.ts';
import { hostPath, type RootView } from './root-path.ts';

/** The unpacking of a tar, which goes on. */
export interface Unpacking {
  /** Rejects with `INVALID` for what is no tar, or reaches out of the folder. */
  readonly done: Promise<void>;
  /** Ends it; nothing is written any more when this resolves, whatever the tar's source is at. */
  halt(): Promise<void>;
}

/** Unpacks a tar below a folder of a container. */
export function startUnpacking(view: RootView, folder: string, source: Source): Unpacking {
  const reader = extract();
  const entries = unpackEntries(view, folder, reader);
  // With an error: what asks for the next entry of one that was just destroyed would wait for ever.
  const giveUp = (): void => void reader.destroy(new Error('nobody unpacks it any more'));
  const done = Promise.all([feed(reader, source), entries]).then(
    () => void reader.destroy(),
    (error: unknown) => {
      giveUp();
      throw error;
    },
  );
  done.catch(() => {}); // whoever halts it does not wait for it
  return {
    done,
    async halt() {
      giveUp();
      await entries.catch(() => {});
    },
  };
}

/** `startUnpacking` for what nobody ends early. */
export async function unpackTar(view: RootView, folder: string, source: Source): Promise<void> {
  await startUnpacking(view, folder, source).done;
}

async function feed(reader: Extract, source: Source): Promise<void> {
  for (;;) {
    const piece = await source.next();
    if (piece === undefined) return void reader.end(undefined);
    if (!reader.write(piece)) await drained(reader);
    if (reader.destroyed) return;
  }
}

async function unpackEntries(view: RootView, folder: string, reader: Extract): Promise<void> {
  try {
    for await (const entry of reader) {
      const { header } = entry;
      const file = await hostPath(view, `${folder}/${inside(header.name)}`, false);
      await mkdir(dirname(file), { recursive: true });
      await makeEntry(view, folder, { header, file, content: entry });
      entry.resume();
    }
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('INVALID', `cannot unpack the tar: ${String(cause)}`, { cause });
  }
}

interface Entry {
  readonly header: Header;
  readonly file: string;
  readonly content: AsyncIterable<unknown>;
}

async function makeEntry(view: RootView, folder: string, { header, file, content }: Entry): Promise<void> {
  const { type, linkname, mode } = header;
  if (type !== 'directory' || !(await isFolder(file))) await rm(file, { recursive: true, force: true });
  switch (type) {
    case 'directory':
      await mkdir(file, { recursive: true });
      break;
    case 'file':
    case 'contiguous-file':
      await writeContent(file, content);
      break;
    case 'symlink':
      await symlink(linkname, file);
      break;
    case 'link':
      await link(await hostPath(view, `${folder}/${inside(linkname)}`, false), file);
      break;
    default:
      throw new EngineError('INVALID', `the fake engine does not unpack a ${type}: ${header.name}`);
  }
  if (isRoot()) await lchown(file, header.uid, header.gid);
  if (type === 'symlink') return;
  await chmod(file, mode & 0o7777);
  await utimes(file, header.mtime, header.mtime);
}

function inside(name: string): string {
  if (!name.split('/').includes('..')) return name;
  throw new EngineError('INVALID', `the tar reaches out of its folder: ${name}`);
}

async function isFolder(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined))?.isDirectory() ?? false;
}

async function writeContent(file: string, content: AsyncIterable<unknown>): Promise<void> {
  await using handle = await open(file, 'wx');
  // tar-stream's types do not say that its streams hold bytes.
  for await (const chunk of content) if (chunk instanceof Uint8Array) await handle.write(chunk);
}
