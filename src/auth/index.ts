export {
  type Authenticate,
  type AuthenticatorOptions,
  createAuthenticator,
  PUBLIC_SCOPES,
} from './authenticator.ts';
export type * from './caller.ts';
export { type Clients, type OpenClientsOptions, openClients } from './clients/open-clients.ts';
export { readClients } from './clients/read-clients.ts';
export { AuthError, type AuthErrorCode } from './error.ts';
export { AccessFileError } from './files/access-file-error.ts';
export { foreignPage, isOwnHost, type OwnAddresses, refuseForeignPages } from './foreign-page.ts';
export { type SignOptions, signRequest, signUrl } from './hawk/sign.ts';
export { authenticateWhisk, WhiskAuthError, type WhiskRefusal } from './openwhisk/authenticate.ts';
export { type CouchUsersOptions, openCouchUsers } from './openwhisk/open-couch-users.ts';
export { openUserFile } from './openwhisk/open-user-file.ts';
export {
  type WhiskToken,
  type WhiskUser,
  type WhiskUsers,
  WhiskUsersError,
} from './openwhisk/whisk-user.ts';
export { ROLE_NAMES, type Role, scopesOfRole } from './roles/roles.ts';
export { holdsAny, missingScopes, satisfies } from './scopes/satisfies.ts';
export { isScope, normalizeScopes, ScopeSet } from './scopes/scope-set.ts';
export {
  AUTH_MIGRATIONS,
  ISSUER_ID,
  openServerKeys,
  passingServerKeys,
  type ServerKeys,
} from './server-keys.ts';
export {
  type NotedSession,
  openSessionBook,
  SESSION_MIGRATIONS,
  type SessionBook,
  type SessionBookOptions,
} from './sessions/session-book.ts';
export {
  createSessions,
  SESSION_MS,
  type SessionCaller,
  type Sessions,
  type SessionsOptions,
} from './sessions/sessions.ts';
export {
  type ClaimOptions,
  createClaimCredentials,
  createTemporaryCredentials,
  type TemporaryOptions,
} from './temporary/credentials.ts';
