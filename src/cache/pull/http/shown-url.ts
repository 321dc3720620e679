/** An address for messages: no user, password, query or fragment. */
export const shownUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;
