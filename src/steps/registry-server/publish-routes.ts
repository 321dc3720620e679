import { randomBytes, timingSafeEqual } from 'node:crypto';
import { asText, parseRecord } from '../json.ts';
import { type Announcement, readAnnouncement } from './announcement.ts';
import { receiveArchive } from './receive-archive.ts';
import { Refusal } from './refusal.ts';
import type { PendingUpload, StepStore } from './step-store.ts';
import { type Identity, owns } from './tokens.ts';

export interface PublishLimits {
  /** Of a compressed archive. */
  readonly archiveBytes: number;
  /** Until an announced archive has to be there. */
  readonly uploadMs: number;
  /** Announced archives at a time. */
  readonly uploads: number;
}

// A step of text takes kilobytes; the time is for the largest over a slow line.
export const DEFAULT_PUBLISH_LIMITS: PublishLimits = {
  archiveBytes: 512 * 1024 ** 2,
  uploadMs: 3_600_000,
  uploads: 1000,
};

export interface AnnounceRequest {
  readonly identity: Identity;
  readonly text: string;
  /** What the upload's address begins with. */
  readonly baseUrl: string;
  readonly limits: PublishLimits;
}

/** `POST /api/publish` */
export async function announce(store: StepStore, request: AnnounceRequest): Promise<object> {
  const { identity, limits, baseUrl } = request;
  const announcement = await readAnnouncement(request.text);
  const owner = ownerOf(announcement, identity);
  if (announcement.sizeBytes > limits.archiveBytes) {
    throw new Refusal('TOO_LARGE', `an archive may have ${limits.archiveBytes} bytes at most`);
  }
  await refuseOther(store, owner, announcement);
  if ((await store.countUploads()) >= limits.uploads) {
    await store.tidy();
    if ((await store.countUploads()) >= limits.uploads) {
      throw new Refusal('BUSY', 'too many archives are on their way: try again later');
    }
  }
  const id = randomBytes(16).toString('hex');
  const secret = randomBytes(32).toString('hex');
  const expiresAt = Date.now() + limits.uploadMs;
  await store.addUpload({ ...announcement, owner, id, secret, expiresAt });
  const expires = new Date(expiresAt).toISOString();
  return { uploadUrl: `${baseUrl}/api/uploads/${id}`, token: `${id}.${secret}`, expires };
}

function ownerOf({ owner }: Announcement, identity: Identity): string {
  const wanted = owner ?? identity.owner;
  if (wanted === '*') {
    throw new Refusal('MALFORMED', 'this token is good for every owner: say which one (--owner NAME)');
  }
  if (!owns(identity, wanted)) throw new Refusal('FORBIDDEN', `this token may not publish for ${wanted}`);
  return wanted;
}

async function refuseOther(store: StepStore, owner: string, announced: Announcement): Promise<void> {
  const { name, version } = announced.manifest;
  const published = await store.version(owner, name, version);
  if (published === undefined || published.checksum === announced.checksum) return;
  throw new Refusal(
    'CONFLICT',
    `${owner}/${name}@${version} is published with other content: give it a new version`,
  );
}

/** `PUT /api/uploads/ID`: whoever knows the address may. */
export async function takeUpload(
  store: StepStore,
  id: string,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<object> {
  const upload = await liveUpload(store, id);
  await receiveArchive(store, upload, body, signal);
  return { received: upload.sizeBytes };
}

async function liveUpload(store: StepStore, id: string): Promise<PendingUpload> {
  const upload = /^[0-9a-f]{32}$/.test(id) ? await store.upload(id) : undefined;
  if (upload === undefined || upload.expiresAt < Date.now()) {
    throw new Refusal('NOT_FOUND', 'there is no such upload, or its time is over: publish again');
  }
  return upload;
}

/** `POST /api/publish/done`: what it answers survives a crash. May be repeated. */
export async function finish(store: StepStore, text: string, identity: Identity): Promise<object> {
  const token = asText(parseRecord(text)?.['token']) ?? '';
  const [id = '', secret = ''] = token.split('.');
  const upload = await liveUpload(store, id);
  const isRight =
    secret.length === upload.secret.length &&
    timingSafeEqual(Buffer.from(secret, 'latin1'), Buffer.from(upload.secret, 'latin1'));
  if (!isRight || !owns(identity, upload.owner))
    throw new Refusal('FORBIDDEN', "this upload is somebody else's");
  if (!(await store.hasBlob(upload.checksum))) throw new Refusal('CONFLICT', 'the archive has not come yet');
  const { id: _, secret: __, expiresAt: ___, ...announced } = upload;
  const isNew = await store.publish({ ...announced, publishedAt: new Date().toISOString() });
  if (!isNew) await refuseOther(store, upload.owner, upload);
  const { name, version } = upload.manifest;
  return { step: { owner: upload.owner, name, version: { number: version } } };
}
