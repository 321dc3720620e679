import type { ArtifactContent, ArtifactErrorReason } from '../../queue-api/index.ts';
import { downloadCredentials, objectName } from '../objects/index.ts';
import type { ArtifactRecord } from '../queue.ts';
import type { QueueContext } from './queue-context.ts';

/** Where the content of an artifact is. */
export interface KnownContent {
  readonly answer: ArtifactContent;
  /** Empty where there is none. */
  readonly url: string;
}

/** Says where the content of an artifact is that is no link. */
export function contentOf(record: ArtifactRecord, baseUrl: string, context: QueueContext): KnownContent {
  const { storageType, details } = record;
  if (storageType === 's3') {
    const url = context.urls.getUrl(record, baseUrl);
    return { answer: { storageType, url }, url };
  }
  if (storageType === 'object') {
    const credentials = downloadCredentials(record, context);
    const answer = { storageType, name: objectName(record), credentials };
    return { answer, url: context.urls.getUrl(record, baseUrl) };
  }
  if (storageType === 'reference') {
    const url = details['url'] ?? '';
    return { answer: { storageType, url }, url };
  }
  if (storageType === 'error') {
    // What is stored was let in by the schema.
    const reason = details['reason'] as ArtifactErrorReason;
    return { answer: { storageType, reason, message: details['message'] ?? '' }, url: '' };
  }
  throw new TypeError(`an artifact of the type ${storageType} has no content of its own`);
}
