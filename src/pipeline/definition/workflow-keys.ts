import { suggest } from '../../kernel/index.ts';
import type { Report } from '../report.ts';
import { quoteShort, type YamlMap } from '../yaml/node.ts';

/** A key that nobody knows is ignored, as the original does, and said. */
export function warnOfUnknownKeys(map: YamlMap, known: readonly string[], report: Report): void {
  for (const { name, key } of map.entries.values()) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    report.warn({
      code: 'unknown-key',
      message: `${quoteShort(name)} is no key of a workflow here; it is ignored`,
      at: key,
      hint: near === undefined ? `expected ${known.join(', ')}` : `did you mean "${near}"?`,
    });
  }
}
