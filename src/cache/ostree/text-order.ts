const SURROGATE = /[\ud800-\udfff]/;

/** Whether texts are in the order of their UTF-16 units, which is that of their UTF-8 bytes but for surrogates. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}
