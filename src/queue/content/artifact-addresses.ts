import type { ArtifactUrls } from '../artifact-urls.ts';
import type { ArtifactRecord } from '../queue.ts';
import { signContent } from './content-signature.ts';

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

/** The addresses of the routes that `contentRoutes` mounts. */
export function createArtifactUrls({ key, now, isPublic }: ArtifactAddressesOptions): ArtifactUrls {
  const addressOf = ({ taskId, runId, name }: ArtifactRecord, base: string): string =>
    `${base}/api/slipway/v1/task/${taskId}/runs/${runId}/content/${encodeURIComponent(name)}`;
  const signed = (record: ArtifactRecord, use: 'get' | 'put', lifeMs: number): string => {
    const { taskId, runId, name } = record;
    const expires = String(Math.floor((now() + lifeMs) / 1000));
    const contentType = use === 'put' ? record.contentType : '';
    return `expires=${expires}&signature=${signContent(key, { use, taskId, runId, name, contentType, expires })}`;
  };
  return {
    putUrl: (record, base) => `${addressOf(record, base)}?${signed(record, 'put', PUT_LIFE_MS)}`,
    getUrl(record, base) {
      const address = addressOf(record, base);
      return isPublic(record.name) ? address : `${address}?${signed(record, 'get', GET_LIFE_MS)}`;
    },
  };
}
