/** Where somebody came from: an address of this page, and nowhere else whatever a link says. */
export function backOf(asked: string | null, origin: string): string {
  if (asked === null || !URL.canParse(asked, origin)) return '/';
  const url = new URL(asked, origin);
  return url.origin === origin ? `${url.pathname}${url.search}${url.hash}` : '/';
}
