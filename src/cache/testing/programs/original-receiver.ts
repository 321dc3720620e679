import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { objectPath, parseObjectFileName } from '../../ostree/object-name.ts';
import { type ByteSource, createByteSource } from '../../wire/byte-source.ts';
import { encodeMessage } from '../../wire/encode-message.ts';
import type { Message } from '../../wire/message.ts';
import { expectMessage } from '../../wire/message-reader.ts';

/**
 * The receivers of BuildStream as they were, defects included, in place of what ssh reaches:
 * `node original-receiver.ts KIND REPOSITORY PULL_URL …`, where the rest is what ssh would have been told. See
 * `docs/contracts/artifact-cache.md`.
 */
const KINDS = {
  /** Knows no pull address. */
  seed: { hasPullUrl: false, isTruthful: false },
  '1.0': { hasPullUrl: true, isTruthful: false },
  '1.1': { hasPullUrl: true, isTruthful: false },
  /** Says what the refs are that it is asked about. */
  'pre-cas': { hasPullUrl: true, isTruthful: true },
} as const;

export type OriginalKind = keyof typeof KINDS;

const RECORD = 10_240;
const BLOCK = 512;

interface Receiver {
  readonly kind: (typeof KINDS)[OriginalKind];
  readonly repository: string;
  readonly pullUrl: string;
  readonly source: ByteSource;
}

function send(message: Message): void {
  process.stdout.write(encodeMessage(message));
}

/** What this version says of the refs that it is asked about: until 2018 it looked for them where they are not. */
function knownRefs({ kind, repository }: Receiver, asked: ReadonlyMap<string, string>): Map<string, string> {
  if (!kind.isTruthful) return new Map();
  const known = [...asked.keys()].flatMap((ref): [string, string][] => {
    const path = join(repository, 'refs/heads', ref);
    return existsSync(path) ? [[ref, readFileSync(path, 'utf8').trim()]] : [];
  });
  return new Map(known);
}

async function receive(receiver: Receiver): Promise<void> {
  const { source, kind, pullUrl } = receiver;
  const info = await expectMessage(source, 'info');
  const refs = knownRefs(receiver, info.refs);
  send({ type: 'info', mode: 1, refs, ...(kind.hasPullUrl && { pullUrl }) });
  const update = await expectMessage(source, 'update', 'done');
  if (update.type === 'done') return;
  send({ type: 'status', result: true, message: '' });
  const objects = await expectMessage(source, 'putobjects', 'done');
  if (objects.type === 'done') return;
  const folder = mkdtempSync(join(receiver.repository, 'tmp/bst-push-'));
  try {
    const names = await takeTar(source, folder);
    await expectMessage(source, 'done');
    if (names.length === 0) return; // and says nothing
    publish(receiver.repository, folder, names);
    for (const { ref, to } of update.updates) setRef(receiver.repository, ref, to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  send({ type: 'done' });
}

/** Takes whole records, and whatever follows the end of the tar in the last one is lost with it. */
async function takeTar(source: ByteSource, folder: string): Promise<string[]> {
  const names: string[] = [];
  let record: Buffer = Buffer.alloc(0);
  const block = async (): Promise<Buffer> => {
    if (record.length === 0) {
      if (!(await source.fill(RECORD))) throw new Error('unexpected end of data');
      record = Buffer.from(source.take(RECORD));
    }
    const taken = record.subarray(0, BLOCK);
    record = record.subarray(BLOCK);
    return taken;
  };
  for (;;) {
    const header = await block();
    if (header.every((byte) => byte === 0)) {
      await block();
      return names;
    }
    const name = header.toString('latin1', 0, header.indexOf(0));
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
    const blocks: Buffer[] = [];
    for (let left = size; left > 0; left -= BLOCK) blocks.push(await block());
    writeFileSync(join(folder, requireName(name)), Buffer.concat(blocks).subarray(0, size));
    names.push(name);
  }
}

/** The original took every name, and wrote wherever it led; nothing here depends on that. */
function requireName(name: string): string {
  if (parseObjectFileName(name) === undefined) throw new Error(`no object: ${JSON.stringify(name)}`);
  return name;
}

/** Unchecked, and over what is there. */
function publish(repository: string, folder: string, names: readonly string[]): void {
  for (const name of names) {
    const object = parseObjectFileName(name);
    if (object === undefined) continue;
    const path = join(repository, objectPath(object));
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(folder, name), path);
  }
}

function setRef(repository: string, ref: string, commit: string): void {
  if (!existsSync(join(repository, objectPath({ id: commit, kind: 'commit' })))) {
    throw new Error(`commit ${commit} was not pushed`);
  }
  const path = join(repository, 'refs/heads', ref);
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(temporary, `${commit}\n`);
  renameSync(temporary, path);
}

const [kind = '', repository = '', pullUrl = ''] = process.argv.slice(2);
if (import.meta.main) {
  const known = Object.entries(KINDS).find(([name]) => name === kind)?.[1];
  if (known === undefined) throw new Error(`no receiver of the kind ${kind}`);
  const source = createByteSource(process.stdin);
  try {
    await receive({ kind: known, repository, pullUrl, source });
  } catch (error) {
    process.stderr.write(
      `Traceback (most recent call last):\n${error instanceof Error ? error.message : error}\n`,
    );
    process.exitCode = 1;
  }
  process.stdin.destroy(); // it ends after the last "done", whether or not its input does
}
