import type { Report } from '../report.ts';
import { type Composed, composeYaml } from './compose.ts';
import { isWithinLimits, MAX_REINDENTED_LENGTH } from './limits.ts';
import type { YamlNode } from './node.ts';
import { readTree } from './read-tree.ts';
import { notReindented, originalOffset, type Reindented, reindent } from './reindent.ts';
import type { Span } from './source.ts';
import { seriousErrors, syntaxMistakes } from './syntax-mistake.ts';

/**
 * The report's source as a YAML tree; undefined, with errors reported, when it is not YAML or beyond the limits.
 *
 * A text without any value gives undefined without an error: what that means is the caller's business.
 */
export function parseYaml(report: Report): YamlNode | undefined {
  if (!isWithinLimits(report.source, report)) return undefined;
  const composed = composeYaml(report.source.text);
  if (composed.refused !== undefined) report.error(composed.refused);
  if (composed.document === undefined) return undefined;
  const { text, document, secondDocument } = repair(notReindented(report.source), composed);
  if (secondDocument !== undefined) warnOfSecondDocument(secondDocument, report);
  if (document === undefined) {
    for (const mistake of syntaxMistakes(composed.document, report.source)) report.error(mistake);
    return undefined;
  }
  if (document.contents === null) return undefined;
  const tree = readTree(document.contents, report, (offset) => originalOffset(text, offset));
  return report.hasErrors ? undefined : tree;
}

interface Repaired extends Composed {
  readonly text: Reindented;
}

/** The first text without errors that reindenting leads to; without a document when it leads nowhere. */
function repair(original: Reindented, composed: Composed): Repaired {
  let current: Repaired = { ...composed, text: original };
  let length = 0;
  while (current.document !== undefined && seriousErrors(current.document).length > 0) {
    const text = length > MAX_REINDENTED_LENGTH ? undefined : reindent(current.text, current.document);
    if (text === undefined) return { text: original, ...withSecond(composed) };
    length += text.source.text.length;
    current = { ...composeYaml(text.source.text), text };
  }
  return { ...current, ...withSecond(composed) };
}

const withSecond = ({ secondDocument }: Composed) => (secondDocument === undefined ? {} : { secondDocument });

function warnOfSecondDocument(at: Span, report: Report): void {
  report.warn({
    code: 'second-document',
    message: 'a second document begins here: only the first one is used',
    at,
    hint: 'remove the line "---" and what follows it, or put everything into one document',
  });
}
