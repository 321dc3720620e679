/** What an address gave for the `:names` of a pattern, decoded. */
export type Params = Readonly<Record<string, string>>;

/**
 * Compares a path with a pattern, part by part: `:name` takes one part. Gives what the names took; `undefined` where it is
 * another path, or a part is not what percent-encoding makes.
 */
export function match(pattern: string, path: string): Params | undefined {
  const wanted = partsOf(pattern);
  const given = partsOf(path);
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = decode(given[i] ?? '');
    if (value === undefined) return undefined;
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}

/** An address' parts; a slash at its end makes no other address. */
const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
