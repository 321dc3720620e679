/** 401: who calls is not who it says; 403: who it is was not asked, since a page of somebody else's has sent the request. */
export type AuthErrorCode = 'AuthenticationFailed' | 'InsufficientScopes';

/**
 * Why a request is not answered as the caller that it says it has. The message goes to the client as it is: it names
 * nothing that the client did not say, and whether a clientId exists stays unknown.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError';
  readonly code: AuthErrorCode;

  constructor(message: string, code: AuthErrorCode = 'AuthenticationFailed') {
    super(message);
    this.code = code;
  }
}
