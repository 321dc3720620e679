/**
 * Why a request is not answered as the caller that it says it has. The message goes to the client as it is: it names
 * nothing that the client did not say, and whether a clientId exists stays unknown.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code = 'AuthenticationFailed';
}
