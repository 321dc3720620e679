import type { Report } from '../report.ts';
import type { Source } from './source.ts';

/** Larger files are refused unread: the largest pipelines seen in the wild are under 100 KiB. */
export const MAX_SOURCE_LENGTH = 1024 * 1024;

/** How deep lists and maps may nest: a pipeline needs seven levels. */
export const MAX_DEPTH = 100;

/** Marks, words, spaces and line breaks of a file: more than a mebibyte of pipelines has, and read in two seconds. */
export const MAX_TOKENS = 400_000;

/** A quoted text of this length with a wrong escape is refused at once: it could hold half a million of them. */
export const MAX_QUOTED_WITH_MISTAKES = 10_000;

/**
 * Text that may be read anew while lines of quoted texts and brackets are moved to where YAML wants them: once for a
 * large file, ten times for one of 50 KiB.
 */
export const MAX_REINDENTED_LENGTH = MAX_SOURCE_LENGTH / 2;

/** Values that aliases and merge keys may add to a file, the values inside of them counted. */
export const MAX_ALIASED_NODES = 100_000;

// What YAML forbids: control characters but tab and line breaks, lone surrogates, a byte order mark in the middle.
const FORBIDDEN = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\u{10ffff}]|[\ufeff\ufffe\uffff]|\p{Cs}/u;

/** Whether the text may be given to the YAML parser; says why not. */
export function isWithinLimits(source: Source, report: Report): boolean {
  if (source.text.length > MAX_SOURCE_LENGTH) {
    report.error({
      code: 'file-too-large',
      message: `the file has ${source.text.length} characters, the limit is ${MAX_SOURCE_LENGTH} (1 MiB)`,
    });
    return false;
  }
  return hasOnlyText(source, report);
}

function hasOnlyText(source: Source, report: Report): boolean {
  const start = source.text.search(FORBIDDEN);
  if (start === -1) return true;
  const code = source.text.charCodeAt(start).toString(16).toUpperCase().padStart(4, '0');
  report.error({
    code: 'control-character',
    message: `the control character U+${code} is not allowed in YAML`,
    at: { start, end: start + 1 },
    hint: 'remove it; inside double quotes it can be written as an escape such as "\\x1b"',
  });
  return false;
}
