import { checkReference } from '../reference.ts';

/**
 * A request path with every inserted value escaped. References keep their slashes (image names have them); one that
 * would change which resource is meant (`''`, `..`) throws `INVALID`.
 */
export function path(parts: TemplateStringsArray, ...values: string[]): string {
  return parts.reduce((text, part, index) => `${text}${escapeReference(values[index - 1] ?? '')}${part}`);
}

function escapeReference(reference: string): string {
  checkReference(reference);
  return reference.split('/').map(encodeURIComponent).join('/');
}

/**
 * What goes after the path: absent values are left out, the elements of lists follow each other under one name, objects
 * are sent as JSON, as the Engine API wants filters.
 */
export function query(
  values: Readonly<Record<string, string | number | boolean | object | undefined>>,
): string {
  const pairs = Object.entries(values).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((each) =>
      each === undefined ? [] : [`${name}=${encodeURIComponent(queryValue(each))}`],
    ),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function queryValue(value: string | number | boolean | object): string {
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}
