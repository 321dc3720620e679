const SLUGID = /^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$/;

export const isTaskId = (text: string): boolean => SLUGID.test(text);

/**
 * A new task id: base64url of the bytes of a UUID of version 4, beginning with a letter. Made of random bytes, since browsers
 * give UUIDs to pages under TLS and of this machine alone.
 */
export function newTaskId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  set(bytes, 0, 0x7f, 0);
  set(bytes, 6, 0x0f, 0x40);
  set(bytes, 8, 0x3f, 0x80);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function set(bytes: Uint8Array, at: number, kept: number, added: number): void {
  bytes[at] = ((bytes[at] ?? 0) & kept) | added;
}
