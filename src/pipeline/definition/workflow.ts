import type { Report } from '../report.ts';
import type { WorkflowSpec } from '../workflow.ts';
import { describeNode, isNull, short, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { rangeOf, type Span } from '../yaml/source.ts';
import { expectList, textOf } from './expect.ts';
import { WORKFLOW_KEYS } from './keys.ts';
import { checkWorkflow, type WorkflowSurroundings } from './workflow-checks.ts';
import { warnOfUnknownKeys } from './workflow-keys.ts';
import { type PlacedPipeline, readWorkflowPipeline } from './workflow-pipeline.ts';

/**
 * The workflows of a file that can run, by name. A mistake in one keeps neither the others nor any pipeline from
 * running.
 */
export function readWorkflows(
  map: YamlMap,
  pipelineNames: readonly string[],
  report: Report,
): Map<string, WorkflowSpec> {
  const workflows = new Map<string, WorkflowSpec>();
  const entry = map.entries.get('workflows');
  if (entry === undefined || isNull(entry.value)) return workflows;
  const list = expectList(entry, report, { wanted: 'a list of workflows', severity: 'warn' });
  const names = new Set<string>();
  for (const item of list?.items ?? []) {
    const name = workflowName(item, report);
    const own = report.withinWorkflow(name?.text ?? '').separate();
    if (name !== undefined && names.has(name.text)) {
      own.error({
        code: 'duplicate-workflow',
        message: `duplicate workflow ${short(name.text)}`,
        at: name.at,
      });
    }
    const workflow = name && readWorkflow(item, name, { pipelineNames }, own);
    report.add(own.diagnostics);
    if (workflow !== undefined && !own.hasErrors) workflows.set(workflow.name, workflow);
    if (name !== undefined) names.add(name.text);
  }
  return workflows;
}

interface Name {
  readonly text: string;
  readonly at: Span;
}

function workflowName(item: YamlNode, fileReport: Report): Name | undefined {
  const report = fileReport.withinWorkflow('');
  if (item.kind !== 'map') {
    const message = `a workflow must be a map with "name" and "pipelines", found ${describeNode(item)}`;
    report.error({ code: 'wrong-type', message, at: item });
    return undefined;
  }
  const entry = item.entries.get('name');
  const text = entry && textOf(entry.value);
  if (entry !== undefined && text !== undefined && text !== '') return { text, at: entry.value };
  const message = 'a workflow needs a name';
  report.error({ code: 'no-name', message, at: entry?.key ?? item, hint: 'add "name:" and a text' });
  return undefined;
}

function readWorkflow(
  item: YamlNode,
  name: Name,
  surroundings: WorkflowSurroundings,
  report: Report,
): WorkflowSpec | undefined {
  if (item.kind !== 'map') return undefined;
  warnOfUnknownKeys(item, WORKFLOW_KEYS, report);
  const entry = item.entries.get('pipelines');
  const placed = readPipelines(entry, name, report);
  if (placed === undefined) return undefined;
  checkWorkflow({ name: name.text, at: name.at, pipelines: placed, ...surroundings }, report);
  const pipelines = placed.map(({ pipeline }) => pipeline);
  return { name: name.text, pipelines, range: rangeOf(report.source, name.at) };
}

/** Undefined where there is none to look further at. */
function readPipelines(
  entry: YamlEntry | undefined,
  name: Name,
  report: Report,
): PlacedPipeline[] | undefined {
  if (entry !== undefined && entry.value.kind !== 'list' && !isNull(entry.value)) {
    const hint = 'put "- " before each pipeline';
    expectList(entry, report, { wanted: 'a list of pipelines', severity: 'error', hint });
    return undefined;
  }
  const items = entry?.value.kind === 'list' ? entry.value.items : [];
  if (items.length === 0) {
    report.error({
      code: 'no-root',
      message: `invalid workflow ${short(name.text)}: no root pipeline`,
      at: entry?.key ?? name.at,
      hint: 'list its pipelines below "pipelines:", each as "- name: NAME"',
    });
  }
  return items.flatMap((item) => readWorkflowPipeline(item, report) ?? []);
}
