export {
  type Authenticate,
  type AuthenticatorOptions,
  createAuthenticator,
  PUBLIC_SCOPES,
} from './authenticator.ts';
export type * from './caller.ts';
export { type Clients, type OpenClientsOptions, openClients } from './clients/open-clients.ts';
export { AuthError } from './error.ts';
export { AccessFileError } from './files/access-file-error.ts';
export { foreignPage, type OwnAddresses } from './foreign-page.ts';
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
export { missingScopes, satisfies } from './scopes/satisfies.ts';
export { isScope, normalizeScopes, ScopeSet } from './scopes/scope-set.ts';
export { AUTH_MIGRATIONS, ISSUER_ID, openServerKeys, type ServerKeys } from './server-keys.ts';
export {
  type ClaimOptions,
  createClaimCredentials,
  createTemporaryCredentials,
  type TemporaryOptions,
} from './temporary/credentials.ts';
