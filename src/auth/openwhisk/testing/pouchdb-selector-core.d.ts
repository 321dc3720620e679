declare module 'pouchdb-selector-core' {
  /** Whether a document is what a selector finds. Throws for selectors that are none. */
  export function matchesSelector(document: object, selector: object): boolean;
}
