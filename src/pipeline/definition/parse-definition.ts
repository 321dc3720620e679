import type { Diagnostic } from '../../kernel/index.ts';
import type { BoxSpec, Definition, PipelineSpec } from '../definition.ts';
import { createReport, finishReport, type Report } from '../report.ts';
import { describeNode, isNull, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import { createSource } from '../yaml/source.ts';
import { readBox, readServices } from './box.ts';
import { addDefaultsReport, reportMissingBoxes } from './defaults.ts';
import { atOriginalPlace, MAX_MENDS, mendColons } from './mend-colons.ts';
import { pipelineEntries } from './pipeline-entries.ts';
import { readPipeline } from './pipeline-section.ts';
import { readSettings } from './settings.ts';
import { readWorkflows } from './workflow.ts';

/** What was read from a file, with everything that is wrong in it. */
export interface ParsedDefinition {
  /** Absent: nothing of the file can be used. Pipelines that are wrong in themselves are left out. */
  readonly definition?: Definition;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a `wercker.yml`, and reports every mistake in it in one go. Never throws, whatever the text.
 *
 * An error with `pipeline` or `workflow` concerns that alone; one without concerns the whole file. What the original drops
 * silently is a warning, so that each file which runs there runs here.
 */
export function parseDefinition(text: string, options: { readonly file: string }): ParsedDefinition {
  const report = createReport(createSource(options.file, text));
  const definition = parseText(report);
  if (definition === undefined) report.add(behindMissingColons(report));
  return { ...(definition !== undefined && { definition }), diagnostics: finishReport(report) };
}

/** What else is wrong in a file that cannot be read for want of colons. */
function behindMissingColons({ source, diagnostics }: Report): readonly Diagnostic[] {
  const all = [...diagnostics];
  let known = 0;
  for (let mends = 0; mends < MAX_MENDS; mends += 1) {
    const mended = mendColons(source, all);
    if (mended === undefined || mended.colons.length === known) break;
    known = mended.colons.length;
    const report = createReport(createSource(source.file, mended.text));
    parseText(report);
    all.push(...report.diagnostics.map((diagnostic) => atOriginalPlace(diagnostic, mended, source)));
  }
  return all.slice(diagnostics.length);
}

function parseText(report: Report): Definition | undefined {
  const root = parseYaml(report);
  const map = report.hasErrors ? undefined : expectRoot(root, report);
  return map && readDefinition(map, report);
}

/** Whether this mistake keeps the pipeline from running: an error in it, or one that concerns the whole file. */
export function blocksPipeline(diagnostic: Diagnostic, pipeline: string): boolean {
  const concerns =
    diagnostic.workflow === undefined &&
    (diagnostic.pipeline === undefined || diagnostic.pipeline === pipeline);
  return diagnostic.severity === 'error' && concerns;
}

function expectRoot(root: YamlNode | undefined, report: Report): YamlMap | undefined {
  if (root === undefined || isNull(root)) {
    const hint = 'begin with "box: IMAGE" and a pipeline such as "build:" with "steps:" below it';
    report.error({ code: 'empty-file', message: 'Your wercker.yml is empty', hint });
    return undefined;
  }
  if (root.kind === 'map') return root;
  report.error({
    code: 'wrong-type',
    message: `the file must be a map with pipelines such as "build", found ${describeNode(root)}`,
    at: root,
    hint: 'begin with "box: IMAGE" and "build:"',
  });
  return undefined;
}

function readDefinition(map: YamlMap, report: Report): Definition {
  const pipelines = readPipelines(map, report);
  const box = readDefaultBox(map, report);
  const services = readDefaultServices(map, report);
  reportMissingBoxes(map, pipelines, report);
  return {
    file: report.source.file,
    ...(box !== undefined && { box }),
    ...(services !== undefined && { services }),
    ...readSettings(map, report),
    pipelines,
    workflows: readWorkflows(map, pipelineNames(map), report),
  };
}

/** Also those that are wrong in themselves. */
const pipelineNames = (map: YamlMap): string[] => pipelineEntries(map).map(({ name }) => name);

function readPipelines(map: YamlMap, report: Report): Map<string, PipelineSpec> {
  const pipelines = new Map<string, PipelineSpec>();
  for (const entry of pipelineEntries(map)) {
    const pipeline = readPipeline(entry, report);
    if (pipeline !== undefined) pipelines.set(entry.name, pipeline);
  }
  return pipelines;
}

function readDefaultBox(map: YamlMap, report: Report): BoxSpec | undefined {
  const entry = map.entries.get('box');
  if (entry === undefined || isNull(entry.value)) return undefined;
  const own = report.separate();
  const box = readBox(entry.value, own);
  addDefaultsReport(own, 'box', map, report);
  return box;
}

function readDefaultServices(map: YamlMap, report: Report): BoxSpec[] | undefined {
  const entry = map.entries.get('services');
  if (entry === undefined) return undefined;
  const own = report.separate();
  const services = readServices(entry, own, 'warn');
  addDefaultsReport(own, 'services', map, report);
  return services;
}
