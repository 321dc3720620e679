import { type Client, createTemporaryCredentials } from '../../auth/index.ts';
import type { Credentials } from '../../queue-api/index.ts';
import type { ArtifactRecord } from '../queue.ts';
import { objectName } from './object-name.ts';

interface Issuing {
  /** The server's own client. */
  readonly issuer: Client;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const UPLOAD_MS = 24 * 60 * 60_000;
const DOWNLOAD_MS = 60 * 60_000;

/** Good for the upload of this object, as long as that may take, and for nothing else. */
export function uploadCredentials(record: ArtifactRecord, { issuer, now }: Issuing): Credentials {
  const start = now();
  return createTemporaryCredentials({
    issuer,
    clientId: `artifact-upload/${record.taskId}/${record.runId}`,
    scopes: [`object:upload:${record.details['projectId']}:${objectName(record)}`],
    start,
    expiry: Math.min(record.uploadUntil ?? record.expires, start + UPLOAD_MS),
  });
}

/** Good for reading this object for an hour, and for nothing else. */
export function downloadCredentials(record: ArtifactRecord, { issuer, now }: Issuing): Credentials {
  const start = now();
  return createTemporaryCredentials({
    issuer,
    clientId: `artifact-download/${record.taskId}/${record.runId}`,
    scopes: [`object:download:${objectName(record)}`],
    start,
    expiry: start + DOWNLOAD_MS,
  });
}
