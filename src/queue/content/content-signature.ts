import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signed address is good for. */
export interface SignedContent {
  /** `put`: the bytes of an `s3` artifact; `upload`: those of an object. */
  readonly use: 'get' | 'put' | 'upload';
  readonly taskId: string;
  readonly runId: number;
  readonly name: string;
  /** Of what is PUT; empty for what is read. */
  readonly contentType: string;
  /** Of what is uploaded, as digits; otherwise empty. */
  readonly length: string;
  /** Seconds since the epoch, as digits. */
  readonly expires: string;
}

/** JSON keeps the parts apart: two contents never have one text. */
const macOf = (key: Buffer, content: SignedContent): Buffer => {
  const { use, taskId, runId, name, contentType, length, expires } = content;
  return createHmac('sha256', key)
    .update(JSON.stringify(['slipway-content', 2, use, taskId, runId, name, contentType, length, expires]))
    .digest();
};

/** The signature of an address, for its query. */
export const signContent = (key: Buffer, content: SignedContent): string =>
  macOf(key, content).toString('base64url');

/** Why an address is refused; `undefined`: it is good. `expired` is said only of one that once was good. */
export function checkSignature(
  key: Buffer,
  content: SignedContent,
  signature: string,
  now: number,
): 'invalid' | 'expired' | undefined {
  const given = Buffer.from(signature, 'base64url');
  const expected = macOf(key, content);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'invalid';
  return Number(content.expires) * 1000 > now ? undefined : 'expired';
}
