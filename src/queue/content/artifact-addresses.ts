import type { ArtifactUrls, SignedAddress } from '../artifact-urls.ts';
import type { ArtifactRecord } from '../queue.ts';
import { type SignedContent, signContent } from './content-signature.ts';

export interface ArtifactAddressesOptions {
  /** 32 bytes that all servers share, for this purpose alone. */
  readonly key: Buffer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether everybody may read artifacts of a name: their addresses need no signature. */
  readonly isPublic: (name: string) => boolean;
}

const PUT_LIFE_MS = 45 * 60_000;
const GET_LIFE_MS = 30 * 60_000;

interface Signing extends Pick<SignedContent, 'use' | 'contentType' | 'length'> {
  readonly lifeMs: number;
}

/** The addresses of the routes that `contentRoutes` mounts. */
export function createArtifactUrls({ key, now, isPublic }: ArtifactAddressesOptions): ArtifactUrls {
  const addressOf = ({ taskId, runId, name }: ArtifactRecord, base: string): string =>
    `${base}/api/slipway/v1/task/${taskId}/runs/${runId}/content/${encodeURIComponent(name)}`;
  const signed = (
    record: ArtifactRecord,
    base: string,
    { lifeMs, length, ...what }: Signing,
  ): SignedAddress => {
    const { taskId, runId, name } = record;
    const seconds = Math.floor((now() + lifeMs) / 1000);
    const expires = String(seconds);
    const signature = signContent(key, { taskId, runId, name, expires, length, ...what });
    const query = `expires=${expires}&signature=${signature}${length === '' ? '' : `&length=${length}`}`;
    return { url: `${addressOf(record, base)}?${query}`, expiresAt: seconds * 1000 };
  };
  const objectUrl = (record: ArtifactRecord, base: string): SignedAddress =>
    signed(record, base, { use: 'get', contentType: '', length: '', lifeMs: GET_LIFE_MS });
  return {
    putUrl(record, base) {
      const { contentType } = record;
      return signed(record, base, { use: 'put', contentType, length: '', lifeMs: PUT_LIFE_MS }).url;
    },
    uploadUrl(record, { contentType, contentLength }, base) {
      const length = String(contentLength);
      return signed(record, base, { use: 'upload', contentType, length, lifeMs: PUT_LIFE_MS });
    },
    objectUrl,
    getUrl: (record, base) => (isPublic(record.name) ? addressOf(record, base) : objectUrl(record, base).url),
  };
}
