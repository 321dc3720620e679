/** What a request to the proxy is for. */
export type ProxyTarget =
  | { readonly type: 'api'; readonly url: URL }
  | { readonly type: 'sign-url' }
  | { readonly type: 'refused'; readonly status: 400 | 403 | 404; readonly reason: string };

const refused = (status: 400 | 403 | 404, reason: string): ProxyTarget => ({
  type: 'refused',
  status,
  reason,
});

// What HTTP allows in a request line; a backslash is one that URL parsers take for a slash.
const PLAIN = /^\/[\x21-\x5b\x5d-\x7e]*$/;
const API = /^\/api\/([A-Za-z0-9][A-Za-z0-9-]{0,62})\/([A-Za-z0-9][A-Za-z0-9._-]{0,30})(\/.*)$/;
/** Without `/api`, as clients wrote it before there were root URLs. */
const OLDER = /^\/([A-Za-z0-9][A-Za-z0-9-]{0,62})\/(v[0-9]{1,5})(\/.*)$/;

/** Whether a part of a path is one that URL parsers resolve: `.` or `..`, however it is written. */
function isDots(segment: string): boolean {
  const text = segment.replaceAll(/%2e/gi, '.');
  return text === '.' || text === '..';
}

/**
 * Where a request goes: to a service of the deployment, and nowhere else.
 *
 * @param rawUrl - of the request line, as it came
 */
export function proxyTarget(rootUrl: string, rawUrl: string): ProxyTarget {
  if (!PLAIN.test(rawUrl) || rawUrl.includes('#')) return refused(400, 'this is no path of a URL');
  const [path = '', ...query] = rawUrl.split('?');
  if (path === '/bewit') return { type: 'sign-url' };
  if (path === '/credentials') return refused(403, 'the credentials of a run are given by its worker');
  if (path.split('/').some(isDots)) return refused(400, 'a path through . or .. is not followed');
  const [, service, version, rest] = API.exec(path) ?? OLDER.exec(path) ?? [];
  if (service === undefined || service === 'api' || version === undefined || rest === undefined)
    return refused(404, 'expected /api/<service>/<version>/<path>, /<service>/v<number>/<path>, or /bewit');
  const search = query.length === 0 ? '' : `?${query.join('?')}`;
  const url = URL.parse(`${rootUrl}/api/${service}/${version}${rest}${search}`);
  if (url === null) return refused(400, 'this is no path of a URL');
  return { type: 'api', url };
}
