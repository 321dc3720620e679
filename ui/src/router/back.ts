/** Where somebody came from: an address of this page, and nowhere else whatever a link says. */
export function backOf(asked: string | null, origin: string): string {
  if (asked === null || !URL.canParse(asked, origin)) return '/';
  const url = new URL(asked, origin);
  // `/.//evil.example` has this origin, and a path that is another address by itself.
  if (url.origin !== origin || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}${url.hash}`;
}
