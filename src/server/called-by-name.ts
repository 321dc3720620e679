import type { IncomingMessage } from 'node:http';

/** By which names a server is called. */
export type IsOwnName = (host: string) => boolean;

/**
 * Whether a request calls the server by a name of its own. A page of somebody else's can lead a name of theirs to this machine,
 * and read what is here as if it were their own: what such requests have in common is that name. Without any they come from no
 * browser.
 */
export function callsByOwnName(isOwn: IsOwnName | undefined): (request: IncomingMessage) => boolean {
  if (isOwn === undefined) return () => true;
  let [lastHost, wasOwn]: [string, boolean] = ['', true]; // of most requests it is the same
  return ({ headers: { host } }) => {
    if (host === undefined || host === lastHost) return host === undefined || wasOwn;
    [lastHost, wasOwn] = [host, isOwn(host)];
    return wasOwn;
  };
}
