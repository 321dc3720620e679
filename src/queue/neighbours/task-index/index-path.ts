/** Names with dots between them. */
export const INDEX_PATH = /^(?:[a-zA-Z0-9_!~*'()%-]+\.)*[a-zA-Z0-9_!~*'()%-]+$/;
export const MAX_PATH_CHARACTERS = 255;

/** A place in the index: a name in a namespace, whose name is empty for the outermost one. */
export interface IndexPlace {
  readonly parent: string;
  readonly name: string;
}

/** Whether a text names a place. */
export const isIndexPath = (path: string): boolean =>
  path.length <= MAX_PATH_CHARACTERS && INDEX_PATH.test(path);

export function placeOf(path: string): IndexPlace {
  const dot = path.lastIndexOf('.');
  return dot < 0 ? { parent: '', name: path } : { parent: path.slice(0, dot), name: path.slice(dot + 1) };
}

export const pathOf = ({ parent, name }: IndexPlace): string => (parent === '' ? name : `${parent}.${name}`);

/** All namespaces that a place is in, the outermost first. */
export function namespacesOf(path: string): readonly IndexPlace[] {
  const { parent } = placeOf(path);
  return parent === '' ? [] : [...namespacesOf(parent), placeOf(parent)];
}
