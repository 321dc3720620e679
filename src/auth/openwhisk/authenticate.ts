import { decodeToken } from './decode-token.ts';
import { type WhiskUser, type WhiskUsers, WhiskUsersError } from './whisk-user.ts';

/**
 * Why a request is not answered: there is no header; its token is none, or nobody's; who calls cannot be found out now, for
 * the reason that `cause` tells the operator.
 */
export type WhiskRefusal = 'missing' | 'unknown' | 'unavailable';

/** Nothing of the token is in it, and whether a half of it was right stays unknown. */
export class WhiskAuthError extends Error {
  override readonly name = 'WhiskAuthError';
  readonly refusal: WhiskRefusal;

  constructor(refusal: WhiskRefusal, options: { cause?: unknown } = {}) {
    super(refusal === 'missing' ? 'Missing authorization header' : 'Invalid authorization', options);
    this.refusal = refusal;
  }
}

/** Who calls, by the `authorization` header of a request. Throws `WhiskAuthError`. */
export async function authenticateWhisk(
  users: Pick<WhiskUsers, 'find'>,
  header: string | undefined,
): Promise<WhiskUser> {
  if (header === undefined) throw new WhiskAuthError('missing');
  const token = decodeToken(header);
  if (token === undefined) throw new WhiskAuthError('unknown');
  const user = await ask(users, token);
  if (user === undefined) throw new WhiskAuthError('unknown');
  return user;
}

async function ask(
  users: Pick<WhiskUsers, 'find'>,
  token: Parameters<WhiskUsers['find']>[0],
): Promise<WhiskUser | undefined> {
  try {
    return await users.find(token);
  } catch (cause) {
    throw cause instanceof WhiskUsersError ? new WhiskAuthError('unavailable', { cause }) : cause;
  }
}
