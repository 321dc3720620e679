/**
 * What is between two stars of a pattern is taken where it is first found, and nowhere else is tried: that is as good as any
 * other place. Patterns and names of somebody else's would otherwise take years with a dozen of stars. (A look ahead is not
 * gone back into.)
 *
 * @param place - tells the places of one expression apart
 */
export const takenOnce = (source: string, place: number): string =>
  `(?=(?<g${place}>${source}))\\k<g${place}>`;

/** A text as an expression that is only that text. */
export const escapeText = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
