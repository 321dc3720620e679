import type { Diagnostic } from '../../kernel/index.ts';
import type { PipelineSpec } from '../definition.ts';
import type { Report } from '../report.ts';
import { isNull, short, type YamlEntry, type YamlMap } from '../yaml/node.ts';
import { pipelineEntries } from './pipeline-entries.ts';

/**
 * Reports the mistakes of the default box or services for the pipelines that rely on them.
 *
 * A pipeline with a box of its own runs although the default one is wrong.
 */
export function addDefaultsReport(own: Report, key: 'box' | 'services', map: YamlMap, report: Report): void {
  const pipelines = pipelineEntries(map);
  const relying = pipelines.filter((entry) => !hasOwn(entry, key)).map((entry) => entry.name);
  if (relying.length === pipelines.length) {
    report.add(own.diagnostics);
    return;
  }
  const warnings = own.diagnostics.map((diagnostic): Diagnostic => ({ ...diagnostic, severity: 'warning' }));
  const errors = own.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const scoped = relying.flatMap((pipeline) => errors.map((error): Diagnostic => ({ ...error, pipeline })));
  report.add(
    scoped.length > 0
      ? [...scoped, ...warnings.filter((_, i) => own.diagnostics[i]?.severity === 'warning')]
      : warnings,
  );
}

/** Reports each pipeline that neither has a box nor can rely on a default one. */
export function reportMissingBoxes(
  map: YamlMap,
  pipelines: ReadonlyMap<string, PipelineSpec>,
  report: Report,
): void {
  const defaultBox = map.entries.get('box');
  if (defaultBox !== undefined && !isNull(defaultBox.value)) return;
  for (const entry of pipelineEntries(map)) {
    if (!pipelines.has(entry.name) || hasOwn(entry, 'box')) continue;
    report.within(entry.name).error({
      code: 'no-box',
      message: `No box definition found for pipeline ${short(entry.name)}`,
      at: entry.key,
      hint: 'add "box: IMAGE" to the pipeline or at the top of the file',
    });
  }
}

function hasOwn(entry: YamlEntry, key: string): boolean {
  const own = entry.value.kind === 'map' ? entry.value.entries.get(key) : undefined;
  return own !== undefined && !isNull(own.value);
}
