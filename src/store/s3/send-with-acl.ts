import type { Bucket } from './bucket.ts';
import { refusalOf } from './refusal.ts';

/** The ACL that an object is put with, where its bucket knows such. */
type Acl = { readonly ACL?: 'private' };

/**
 * Sends what begins an object, private as in the contract. Buckets that AWS makes today have no ACLs at all and refuse
 * whatever names one; what is in them is their owner's alone, and so it is sent once more without.
 */
export async function sendWithAcl<Answer>(
  bucket: Bucket,
  send: (acl: Acl) => Promise<Answer>,
): Promise<Answer> {
  if (!bucket.takesAcls) return await send({});
  try {
    return await send({ ACL: 'private' });
  } catch (error) {
    if (refusalOf(error).name !== 'AccessControlListNotSupported') throw error;
    bucket.takesAcls = false;
    return await send({});
  }
}
