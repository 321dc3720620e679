/** Paths in the box are POSIX paths, whatever this machine uses. */
export function joinPath(base: string, path: string): string {
  return normalise(`${base}/${path}`);
}

/** A relative path is taken from the root of the box's file system. */
export const absolutePath = (path: string): string => normalise(`/${path}`);

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
