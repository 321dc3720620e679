/** A key of its own, an anchor, a tag, a directive: what a parser reads again and again where they pile up. */
const INDICATOR = /(?:^|[\s,[\]{}])[?&!%]/g;

/** More than anybody writes into a file of settings, and read within a moment. */
const MAX_INDICATORS = 500;

/**
 * Whether a text of some kilobytes could keep a YAML parser busy for minutes: 20,000 question marks in a row do. For text of
 * others, before it is parsed; a text that is not heavy takes time in proportion to its length, if keys may be there twice.
 */
export function isHeavyYaml(text: string): boolean {
  let found = 0;
  for (const _ of text.matchAll(INDICATOR)) {
    found += 1;
    if (found > MAX_INDICATORS) return true;
  }
  return false;
}
