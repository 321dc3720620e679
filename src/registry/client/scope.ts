/** What a request needs to be allowed, in the words of the token protocol. */
export type Scope = string;

export const CATALOG_SCOPE: Scope = 'registry:catalog:*';

export const scopeOf = (repository: string, ...actions: readonly ('pull' | 'push' | 'delete')[]): Scope =>
  `repository:${repository}:${actions.join(',')}`;
