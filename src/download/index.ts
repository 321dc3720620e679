export type { DownloadContent } from './content.ts';
export { type Access, authorize, type Claim } from './links/authorize.ts';
export { LinkError, type LinkErrorCode } from './links/error.ts';
export { type LinkKeys, parseLinkKeys, readLinkKeys } from './links/link-keys.ts';
export {
  type LinkRefusal,
  type LinkResource,
  type LinkSignature,
  type SignLinkOptions,
  signLink,
  type VerifyLinkOptions,
  verifyLink,
} from './links/sign-link.ts';
export { type SendOptions, type SendOutcome, sendContent } from './transfer/send-content.ts';
