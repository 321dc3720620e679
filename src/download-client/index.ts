export { claimPath } from './claim-path.ts';
export { DownloadError, type DownloadErrorCode } from './error.ts';
export { type Fetched, type FetchFileOptions, type FetchProgress, fetchFile } from './fetch-file.ts';
export { type FetchStreamOptions, fetchStream } from './fetch-stream.ts';
export { safeName } from './file-name.ts';
export { type HttpSourceOptions, openHttpSource } from './http-source.ts';
export { RETRY_PAUSES_MS } from './retrying.ts';
export type { FetchSource } from './source.ts';
