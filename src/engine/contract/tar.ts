import { type Extract, extract, type Header, pack } from 'tar-stream';

/** One entry of a tar, with its content where it is a file. */
export interface TarEntry extends Partial<Pick<Header, 'type' | 'mode' | 'linkname' | 'uid' | 'gid'>> {
  readonly name: string;
  readonly content?: Buffer | string;
}

/** A tar of the entries, made while it is read. */
export async function* packTar(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  const tar = pack();
  const next = (index: number) => {
    const entry = entries[index];
    if (!entry) return tar.finalize();
    const { content = '', ...header } = entry;
    tar.entry(header, Buffer.from(content), () => next(index + 1));
  };
  next(0);
  yield* buffers(tar);
}

/** How a tar begins whose only file is a gigabyte large. */
export async function largeFileHeader(): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'large', size: 1_000_000_000 });
  for await (const header of buffers(tar)) return header;
  throw new Error('tar-stream gave no header');
}

/** The entries of a tar by name; folders without their final slash. */
export async function readTar(
  tar: AsyncIterable<Uint8Array> | undefined,
): Promise<Map<string, TarEntry & { content: Buffer }>> {
  if (!tar) throw new Error('there is no tar');
  const entries = new Map<string, TarEntry & { content: Buffer }>();
  const reader = extract();
  const feeding = feed(reader, tar);
  for await (const entry of reader) {
    const content = await readAll(buffers(entry));
    const { name, type, mode, linkname, uid, gid } = entry.header;
    const path = name.replace(/\/$/, '');
    // Docker keeps the kind of file in the mode, as stat() does.
    entries.set(path, { name: path, type, mode: mode & 0o7777, linkname, uid, gid, content });
  }
  await feeding;
  return entries;
}

export async function readAll(chunks: AsyncIterable<Uint8Array> | undefined): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks ?? []) pieces.push(chunk);
  return Buffer.concat(pieces);
}

async function feed(reader: Extract, tar: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of tar) {
    if (!reader.write(chunk))
      await new Promise<void>((resolve) => void reader.once('drain', () => resolve()));
  }
  reader.end(undefined);
}

/** tar-stream's types do not say that its streams hold bytes. */
async function* buffers(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    if (Buffer.isBuffer(chunk)) yield chunk;
  }
}
