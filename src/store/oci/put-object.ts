import { randomUUID } from 'node:crypto';
import { checkContent } from '../content-check.ts';
import type { PutOptions, PutResult } from '../store.ts';
import { headersOnly } from './answers.ts';
import type { OciClient } from './client.ts';
import { gatherParts, md5Of, type Part } from './gather-parts.ts';
import { headObject } from './head-object.ts';
import { MAX_PARTS } from './limits.ts';
import { isExpired, metadata } from './object-headers.ts';
import { objectPath } from './object-path.ts';
import { exists, type Stored, settle, type Upload } from './upload.ts';
import { uploadParts } from './upload-parts.ts';

const MIB = 1024 * 1024;

/** Stores a content: in one request where it is small, in parts where it is not. Throws as the port says. */
export async function putObject(
  client: OciClient,
  key: string,
  content: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<PutResult> {
  const what = `Cannot store "${key}" in ${client.name}`;
  options.signal?.throwIfAborted();
  const condition = options.ifAbsent ? await absence(client, key, options.signal, what) : {};
  const upload: Upload = { client, key, options, what, id: randomUUID(), condition };
  const check = checkContent(key, options);
  const partBytes = partSize(client.limits.partBytes, options.sizeBytes);
  await using parts = gatherParts(content, partBytes, check, options.signal);
  const first = await parts.next();
  if (first.done) throw new Error('unreachable: an empty content is one part');
  const isSmall = first.value.sizeBytes < partBytes;
  const stored = isSmall
    ? await putSmall(upload, first.value, check.finish())
    : await uploadParts(upload, first.value, parts, () => check.finish());
  const { mediaType, expiresAt } = options;
  return {
    key,
    ...stored,
    ...(mediaType !== undefined && { mediaType }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

/** What is too long for the parts of the usual size goes up in larger ones. */
const partSize = (usualBytes: number, sizeBytes = 0): number =>
  Math.max(usualBytes, Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB);

/** What makes the service write only where there is no object, or the one that has expired. Throws `EXISTS`. */
async function absence(
  client: OciClient,
  key: string,
  signal: AbortSignal | undefined,
  what: string,
): Promise<Record<string, string>> {
  const found = await headObject(client, key, signal);
  if (found === undefined) return { 'if-none-match': '*' };
  if (isExpired(found.object, client.now())) return { 'if-match': found.object.version };
  throw exists(what);
}

async function putSmall(
  upload: Upload,
  part: Part,
  gathered: { readonly sizeBytes: number; readonly sha256: string },
): Promise<Stored> {
  const { client, key, options, what, condition } = upload;
  const outcome = await client.call(
    {
      what,
      method: 'PUT',
      path: `/o/${objectPath(key)}`,
      headers: {
        ...metadata(options, gathered.sha256, upload.id),
        ...(options.mediaType !== undefined && { 'content-type': options.mediaType }),
        ...condition,
        'content-md5': md5Of(part),
      },
      content: part.pieces,
      signal: options.signal,
    },
    headersOnly,
  );
  return { ...gathered, ...(await settle(upload, outcome)) };
}
