import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { newestMatch } from '../versions.ts';
import type { Announcement } from './announcement.ts';
import { writeJson } from './durable.ts';

/** A version that is published. */
export interface PublishedVersion extends Announcement {
  readonly owner: string;
  /** ISO 8601. */
  readonly publishedAt: string;
}

/** An archive that is announced and may be sent. */
export interface PendingUpload extends Announcement {
  readonly owner: string;
  readonly id: string;
  /** Says that whoever ends the upload is who began it. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * The registry's files: `blobs/<sha256>` the archives, `steps/<owner>/<name>/<version>.json` what is published,
 * `uploads/` what is on its way. A version is published once its file is there, and its archive is there before it.
 * Nothing is kept in memory, so that several processes may share a folder.
 */
export interface StepStore {
  readonly folder: string;
  blob(checksum: string): string;
  hasBlob(checksum: string): Promise<boolean>;
  version(owner: string, name: string, version: string): Promise<PublishedVersion | undefined>;
  /** The newest version that fits, of those that `isVisible`. */
  newest(query: StepQuery): Promise<PublishedVersion | undefined>;
  /** The newest version of every step, of those that `isVisible`, by owner and name. */
  list(isVisible: (version: PublishedVersion) => boolean): Promise<PublishedVersion[]>;
  /** `false`: the version is there already. */
  publish(version: PublishedVersion): Promise<boolean>;
  upload(id: string): Promise<PendingUpload | undefined>;
  addUpload(upload: PendingUpload): Promise<void>;
  removeUpload(id: string): Promise<void>;
  countUploads(): Promise<number>;
  /** Removes uploads whose time is over, with what was sent of them, and archives that nothing names. */
  tidy(): Promise<void>;
}

export interface StepQuery {
  readonly owner: string;
  readonly name: string;
  /** Exact, a range, or `*`. */
  readonly wanted: string;
  readonly isVisible: (version: PublishedVersion) => boolean;
}

/** Opens a folder of steps; it is made when it is not there. */
export async function openStepStore(folder: string): Promise<StepStore> {
  for (const name of ['blobs', 'steps', 'uploads']) {
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  }
  const store = createStepStore(folder);
  await store.tidy();
  return store;
}

function createStepStore(folder: string): StepStore {
  const stepFile = (owner: string, name: string, version: string): string =>
    join(folder, 'steps', owner, name, `${version}.json`);
  const uploadFile = (id: string): string => join(folder, 'uploads', `${id}.json`);
  const blob = (checksum: string): string => join(folder, 'blobs', checksum);
  const versionsOf = async (owner: string, name: string): Promise<PublishedVersion[]> => {
    const names = await namesIn(join(folder, 'steps', owner, name));
    const files = names.filter((each) => each.endsWith('.json'));
    const read = await Promise.all(
      files.map((each) => readJson<PublishedVersion>(join(folder, 'steps', owner, name, each))),
    );
    return read.filter((version) => version !== undefined);
  };
  const newest = async ({
    owner,
    name,
    wanted,
    isVisible,
  }: StepQuery): Promise<PublishedVersion | undefined> => {
    const versions = (await versionsOf(owner, name)).filter(isVisible);
    const found = await newestMatch(
      versions.map(({ manifest }) => manifest.version),
      wanted,
    );
    return versions.find(({ manifest }) => manifest.version === found);
  };
  return {
    folder,
    blob,
    hasBlob: async (checksum) => (await stat(blob(checksum)).catch(() => undefined)) !== undefined,
    version: (owner, name, version) => readJson(stepFile(owner, name, version)),
    newest,
    async list(isVisible) {
      const found: PublishedVersion[] = [];
      for (const owner of await namesIn(join(folder, 'steps'))) {
        for (const name of await namesIn(join(folder, 'steps', owner))) {
          const version = await newest({ owner, name, wanted: '*', isVisible });
          if (version !== undefined) found.push(version);
        }
      }
      return found;
    },
    publish: (version) =>
      writeJson(stepFile(version.owner, version.manifest.name, version.manifest.version), version, {
        exclusive: true,
      }),
    upload: (id) => readJson(uploadFile(id)),
    addUpload: async (upload) => void (await writeJson(uploadFile(upload.id), upload)),
    removeUpload: (id) => rm(uploadFile(id), { force: true }),
    countUploads: async () =>
      (await namesIn(join(folder, 'uploads'))).filter((name) => name.endsWith('.json')).length,
    tidy: () => tidy(folder),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  return names.toSorted();
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T; // only this program writes there, whole files
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

async function tidy(folder: string): Promise<void> {
  const uploads = join(folder, 'uploads');
  const named = new Set<string>();
  for (const name of await namesIn(uploads)) {
    const path = join(uploads, name);
    const upload = name.endsWith('.json') ? await readJson<PendingUpload>(path) : undefined;
    if (upload !== undefined && upload.expiresAt > Date.now()) named.add(upload.checksum);
    else if (upload !== undefined || (await isOld(path))) await rm(path, { recursive: true, force: true });
  }
  for await (const checksum of publishedChecksums(folder)) named.add(checksum);
  for (const name of await namesIn(join(folder, 'blobs'))) {
    const path = join(folder, 'blobs', name);
    if (!named.has(name) && (await isOld(path))) await rm(path, { force: true });
  }
}

// Longer than any upload may take: what is older belongs to nobody.
const OLD_MS = 2 * 3_600_000;

const isOld = async (path: string): Promise<boolean> => {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < Date.now() - OLD_MS;
};

async function* publishedChecksums(folder: string): AsyncGenerator<string, void, undefined> {
  const root = join(folder, 'steps');
  for (const owner of await namesIn(root)) {
    for (const name of await namesIn(join(root, owner))) {
      for (const file of await namesIn(join(root, owner, name))) {
        const version = await readJson<PublishedVersion>(join(root, owner, name, file));
        if (version !== undefined) yield version.checksum;
      }
    }
  }
}
