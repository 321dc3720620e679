import { suggest } from '../../kernel/index.ts';
import type { PipelineSpec, StepSpec } from '../definition.ts';
import type { Report } from '../report.ts';
import { isNull, quoteShort, short, type YamlEntry, type YamlMap } from '../yaml/node.ts';
import { rangeOf } from '../yaml/source.ts';
import { readBox, readServices } from './box.ts';
import { expectBoolean, expectList, expectMap, expectText } from './expect.ts';
import { PIPELINE_KEYS, TOP_LEVEL_KEYS } from './keys.ts';
import { hasPipelineKey } from './pipeline-entries.ts';
import { readSteps } from './step.ts';

/** One pipeline; undefined when there is an error in it, since the original drops such a pipeline whole. */
export function readPipeline(entry: YamlEntry, fileReport: Report): PipelineSpec | undefined {
  const report = fileReport.within(entry.name).separate();
  const pipeline = readSection(entry, report);
  fileReport.add(report.diagnostics);
  return report.hasErrors ? undefined : pipeline;
}

function readSection(entry: YamlEntry, report: Report): PipelineSpec | undefined {
  const near = suggest(entry.name, TOP_LEVEL_KEYS);
  const hint = near === undefined ? undefined : `did you mean "${near}"?`;
  if (isNull(entry.value)) {
    const message = `Pipeline ${short(entry.name)} is empty`;
    report.error({ code: 'empty-pipeline', message, at: entry.key, hint: hint ?? 'add "steps:" below it' });
    return undefined;
  }
  const map = expectMap(entry, report, {
    wanted: 'a pipeline, which is a map with "steps"',
    severity: 'error',
    hint: hint ?? (entry.value.kind === 'list' ? 'put "steps:" above the list' : undefined),
  });
  if (map === undefined) return undefined;
  if (near !== undefined && !hasPipelineKey(map)) {
    const message = `${quoteShort(entry.name)} is taken as a pipeline of that name`;
    report.warn({ code: 'unknown-key', message, at: entry.key, hint });
  }
  return readKeys(entry, map, report);
}

function readKeys(entry: YamlEntry, map: YamlMap, report: Report): PipelineSpec {
  const key = <T>(name: (typeof PIPELINE_KEYS)[number], read: (found: YamlEntry) => T): T | undefined => {
    const found = map.entries.get(name);
    return found && read(found);
  };
  const box = key('box', (found) => (isNull(found.value) ? undefined : readBox(found.value, report)));
  const services = key('services', (found) => readServices(found, report, 'error'));
  const basePath = key('base-path', (found) => readBasePath(found, report));
  return {
    name: entry.name,
    ...(box !== undefined && { box }),
    ...(services !== undefined && { services }),
    steps: key('steps', (found) => readStepList(found, report)) ?? [],
    afterSteps: key('after-steps', (found) => readStepList(found, report)) ?? [],
    targets: readTargets(map, report),
    ...(basePath !== undefined && { basePath }),
    docker: key('docker', (found) => expectBoolean(found, report, 'error')) ?? false,
    range: rangeOf(report.source, entry.key),
  };
}

function readStepList(entry: YamlEntry, report: Report): StepSpec[] {
  if (isNull(entry.value)) return [];
  const hint = 'put "- " before each step';
  const list = expectList(entry, report, { wanted: 'a list of steps', severity: 'error', hint });
  return list === undefined ? [] : readSteps(list, report);
}

/** Every other key holds the steps of a deploy target; one that is near a known key was probably meant to be that. */
function readTargets(map: YamlMap, report: Report): Map<string, readonly StepSpec[]> {
  const targets = new Map<string, readonly StepSpec[]>();
  for (const entry of map.entries.values()) {
    if (isKnown(entry.name)) continue;
    const near = suggest(entry.name, PIPELINE_KEYS);
    if (entry.value.kind === 'list' || isNull(entry.value)) {
      if (near !== undefined) warnOfTarget(entry, near, report);
      targets.set(entry.name, entry.value.kind === 'list' ? readSteps(entry.value, report) : []);
    } else {
      reportUnknownKey(entry, near, report);
    }
  }
  return targets;
}

const isKnown = (name: string): boolean => PIPELINE_KEYS.some((key) => key === name);

function warnOfTarget(entry: YamlEntry, near: string, report: Report): void {
  const message = `${quoteShort(entry.name)} is taken as the steps of a deploy target of that name`;
  report.warn({ code: 'unknown-key', message, at: entry.key, hint: `did you mean "${near}"?` });
}

function reportUnknownKey(entry: YamlEntry, near: string | undefined, report: Report): void {
  const isTopLevel = TOP_LEVEL_KEYS.some((key) => key === entry.name);
  const topLevelHint = isTopLevel ? `"${entry.name}" belongs at the top of the file` : undefined;
  report.error({
    code: 'unknown-key',
    message: `${quoteShort(entry.name)} is neither a key of a pipeline nor a list of steps`,
    at: entry.key,
    hint:
      near === undefined
        ? (topLevelHint ?? `a pipeline has ${PIPELINE_KEYS.join(', ')}`)
        : `did you mean "${near}"?`,
  });
}

function readBasePath(entry: YamlEntry, report: Report): string | undefined {
  const path = expectText(entry, report, 'error')?.replace(/\/$/, '');
  if (path === undefined) return undefined;
  if (path === '') {
    report.error({ code: 'bad-path', message: '"base-path" must be a folder below /', at: entry.value });
  }
  return path;
}
