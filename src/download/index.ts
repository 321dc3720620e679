export type { DownloadContent } from './content.ts';
export { type SendOptions, type SendOutcome, sendContent } from './transfer/send-content.ts';
