// What a browser shows in a sandbox without running anything of it. The type is chosen here, never taken from the artifact.
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  css: 'text/plain; charset=utf-8',
  csv: 'text/plain; charset=utf-8',
  js: 'text/plain; charset=utf-8',
  json: 'application/json',
  log: 'text/plain; charset=utf-8',
  md: 'text/plain; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  xml: 'text/plain; charset=utf-8',
  yaml: 'text/plain; charset=utf-8',
  yml: 'text/plain; charset=utf-8',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
};

/** The media type with which a file of that name is shown in the browser; `undefined`: it is only ever saved. */
export function viewType(name: string): string | undefined {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}

export const isViewable = (name: string): boolean => viewType(name) !== undefined;

/**
 * What a file that is shown may do: its own styles and pictures, no script, no form, no request, and an origin of its own, so that it
 * can reach nothing of the service.
 */
export const VIEW_POLICY =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
