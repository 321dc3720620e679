import type { Report } from '../report.ts';
import type { WorkflowPipeline } from '../workflow.ts';
import {
  describeNode,
  isNull,
  quoteShort,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts';
import { rangeOf, type Span } from '../yaml/source.ts';
import { expectText, reportWrongType, textOf } from './expect.ts';
import { WORKFLOW_PIPELINE_KEYS } from './keys.ts';
import { warnOfUnknownKeys } from './workflow-keys.ts';

/** A pipeline of a workflow with the places of its words, for the mistakes that only the whole workflow shows. */
export interface PlacedPipeline {
  readonly pipeline: WorkflowPipeline;
  readonly nameAt: Span;
  readonly pipelineNameAt: Span;
  readonly requiresAt: ReadonlyMap<string, Span>;
  readonly artifactPipelineAt?: Span;
}

/** One pipeline of a workflow; undefined when it cannot even be named, with the reason told. */
export function readWorkflowPipeline(item: YamlNode, report: Report): PlacedPipeline | undefined {
  const map = expectPipeline(item, report);
  if (map === undefined) return undefined;
  warnOfUnknownKeys(map, WORKFLOW_PIPELINE_KEYS, report);
  const nameEntry = map.entries.get('name');
  const name = nameEntry && expectText(nameEntry, report, 'error');
  if (nameEntry === undefined || !name) {
    const hint = 'add "name:" with the name of a pipeline of this file';
    const message = 'a pipeline of a workflow needs a name';
    report.error({ code: 'no-name', message, at: nameEntry?.key ?? item, hint });
    return undefined;
  }
  return placedPipeline(map, { name, at: nameEntry.value }, report);
}

function expectPipeline(item: YamlNode, report: Report): YamlMap | undefined {
  if (item.kind === 'map') return item;
  const text = textOf(item);
  report.error({
    code: 'wrong-type',
    message: `a pipeline of a workflow must be a map with "name", found ${describeNode(item)}`,
    at: item,
    hint: text === undefined ? 'begin it with "- name: NAME"' : `write "- name: ${text}"`,
  });
  return undefined;
}

function placedPipeline(
  map: YamlMap,
  { name, at }: { readonly name: string; readonly at: Span },
  report: Report,
): PlacedPipeline {
  const text = (key: (typeof WORKFLOW_PIPELINE_KEYS)[number]): { text: string; at: Span } | undefined => {
    const entry = map.entries.get(key);
    const value = entry && expectText(entry, report, 'error');
    return entry && value ? { text: value, at: entry.value } : undefined; // the empty text is as good as none
  };
  const pipelineName = text('pipelineName');
  const artifact = text('artifactPipeline');
  const envFile = text('envFile');
  const requiresAt = readRequires(map.entries.get('requires'), report);
  return {
    pipeline: {
      name,
      pipelineName: pipelineName?.text ?? name,
      requires: [...requiresAt.keys()],
      ...(artifact !== undefined && { artifactPipeline: artifact.text }),
      ...(envFile !== undefined && { envFile: envFile.text }),
      range: rangeOf(report.source, at),
    },
    nameAt: at,
    pipelineNameAt: pipelineName?.at ?? at,
    requiresAt,
    ...(artifact !== undefined && { artifactPipelineAt: artifact.at }),
  };
}

function readRequires(entry: YamlEntry | undefined, report: Report): Map<string, Span> {
  const requires = new Map<string, Span>();
  if (entry === undefined || isNull(entry.value)) return requires;
  if (entry.value.kind !== 'list') {
    const text = textOf(entry.value);
    const hint = text === undefined ? undefined : `write [${text}]`;
    reportWrongType(entry, report, { wanted: 'a list of names', severity: 'error', hint });
    return requires;
  }
  for (const item of entry.value.items) {
    const name = textOf(item);
    if (name) addRequirement(name, item, requires, report);
    else {
      const message = `"requires" must hold names of pipelines, found ${describeNode(item)}`;
      report.error({ code: 'wrong-type', message, at: item });
    }
  }
  return requires;
}

function addRequirement(name: string, at: Span, requires: Map<string, Span>, report: Report): void {
  if (requires.has(name)) {
    const message = `${quoteShort(name)} is required twice; once is enough`;
    report.warn({ code: 'required-twice', message, at });
  } else requires.set(name, at);
}
