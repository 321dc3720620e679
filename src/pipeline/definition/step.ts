import type { PropertyValue, StepSpec } from '../definition.ts';
import { checkInternalStep } from '../properties/check-internal-step.ts';
import type { Report } from '../report.ts';
import {
  describeNode,
  isNull,
  quoteShort,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts';
import { rangeOf, type Span } from '../yaml/source.ts';
import { reportWrongType, textOf } from './expect.ts';
import { CONTAINER_NAMED_STEPS, type RESERVED_STEP_KEYS } from './keys.ts';
import { readStepData, type StepData } from './step-data.ts';
import { parseStepId, type StepId } from './step-id.ts';
import { DATA_KEYS, warnOfStepName } from './step-name.ts';

/** The steps of a list; those that are wrong are left out, with an error reported for each. */
export function readSteps(list: YamlList, report: Report): StepSpec[] {
  return list.items.flatMap((item) => readStep(item, report) ?? []);
}

interface WrittenStep {
  readonly id: string;
  /** Where the id stands. */
  readonly at: Span;
  readonly data: StepData;
}

function readStep(node: YamlNode, report: Report): StepSpec | undefined {
  const written = node.kind === 'map' ? readStepMap(node, report) : readShortStep(node, report);
  if (written === undefined) return undefined;
  const id = parseStepId(written.id);
  if (!id.ok) {
    report.error({
      code: 'bad-step',
      message: `${quoteShort(written.id)} is not a step: ${id.error}`,
      at: written.at,
    });
    return undefined;
  }
  warnOfStepName(written.id, written.at, report);
  return finishStep(written, id.value, report);
}

function readShortStep(node: YamlNode, report: Report): WrittenStep | undefined {
  const id = textOf(node);
  if (id !== undefined) return { id, at: node, data: new Map() };
  report.error({
    code: 'bad-step',
    message: `a step must be a name, or a name with its data, found ${describeNode(node)}`,
    at: node,
    hint: isNull(node) ? 'write the step\'s name after the "-", or remove the line' : undefined,
  });
  return undefined;
}

function readStepMap(map: YamlMap, report: Report): WrittenStep | undefined {
  const [first, ...others] = map.entries.values();
  if (first === undefined) {
    report.error({
      code: 'bad-step',
      message: 'a step must be a name with its data, found an empty map',
      at: map,
    });
    return undefined;
  }
  const data = others.length > 0 ? readFlatData(first, others, report) : readNestedData(first, report);
  return { id: first.name, at: first.key, data };
}

/** `- script:` with its data below the name, one level deeper. */
function readNestedData(first: YamlEntry, report: Report): StepData {
  if (first.value.kind === 'map') return readStepData(first.value.entries.values(), report);
  // For these there is a mistake to report that says more.
  const isReported = first.name === 'script' || DATA_KEYS.includes(first.name);
  if (!isNull(first.value) && !isReported) {
    const hint = 'put it below the name as "key: value"';
    reportWrongType(first, report, { wanted: "a map with the step's data", severity: 'warn', hint });
  }
  return new Map();
}

/** `- script:` with its data beside the name: the name is the first key, whatever its own value. */
function readFlatData(first: YamlEntry, others: readonly YamlEntry[], report: Report): StepData {
  if (!isNull(first.value)) {
    report.warn({
      code: 'ignored-value',
      message: `what stands under ${quoteShort(first.name)} is ignored, because other keys stand beside it`,
      at: first.value,
      hint: `indent ${quoteShort(others[0]?.name ?? '')} as deep as what stands under ${quoteShort(first.name)}`,
    });
  }
  return readStepData(others, report);
}

function finishStep(written: WrittenStep, id: StepId, report: Report): StepSpec | undefined {
  const properties = new Map<string, PropertyValue>(written.data);
  const reserved = takeReserved(written, properties, report);
  const source = id.source.kind === 'script' ? readScript(written, properties, report) : id.source;
  if (source === undefined) return undefined;
  const { owner, name } = id;
  const spec = {
    id: written.id,
    owner,
    name,
    source,
    ...reserved,
    properties,
    range: rangeOf(report.source, written.at),
  };
  if (source.kind === 'internal') reportInternal(spec, report);
  return spec;
}

function reportInternal(spec: StepSpec, report: Report): void {
  for (const { severity, range = spec.range, ...mistake } of checkInternalStep(spec)) {
    const found = { ...mistake, at: { start: range.start.offset, end: range.end.offset } };
    if (severity === 'error') report.error(found);
    else report.warn(found);
  }
}

/** Takes what says how the step runs out of the properties. */
function takeReserved(written: WrittenStep, properties: Map<string, PropertyValue>, report: Report) {
  const take = (key: (typeof RESERVED_STEP_KEYS)[number]) => {
    const value = properties.get(key)?.value;
    properties.delete(key);
    return value || undefined;
  };
  const isContainerNamed = CONTAINER_NAMED_STEPS.includes(written.id);
  if (isContainerNamed && !properties.get('name')?.value) {
    report.error({ code: 'missing-property', message: '"name" is a required field', at: written.at });
  }
  const displayName = isContainerNamed ? undefined : take('name');
  const [cwd, checkpoint] = [take('cwd'), take('checkpoint')];
  return {
    ...(displayName !== undefined && { displayName }),
    ...(cwd !== undefined && { cwd }),
    ...(checkpoint !== undefined && { checkpoint }),
  };
}

/** Takes `code` out of the properties. */
function readScript(written: WrittenStep, properties: Map<string, PropertyValue>, report: Report) {
  if (written.data.size === 0) {
    report.error({
      code: 'empty-script',
      message: 'Step script is empty',
      at: written.at,
      hint: 'put the commands below it as "code: …", indented deeper than "script"',
    });
    return undefined;
  }
  const code = properties.get('code')?.value ?? '';
  properties.delete('code');
  if (code.trim() === '') {
    report.warn({
      code: 'no-code',
      message: 'the script has no "code", so it does nothing',
      at: written.at,
      hint: 'add "code: …" with the commands to run',
    });
  }
  return { kind: 'script', code } as const;
}
