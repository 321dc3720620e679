import { CONTAINER_NAMED_STEPS } from '../definition/keys.ts';
import { parsePort } from '../definition/port.ts';
import type { PropertyValue, StepSpec } from '../definition.ts';
import { shellSplit } from '../shell/split.ts';
import { quoteShort } from '../yaml/node.ts';
import { checkProperties, type Finding } from './check-properties.ts';
import { type InternalProperty, internalManifest, type PropertyForm } from './internal-steps.ts';

/** What is wrong with what the file gives to a built-in step. Nothing has to be fetched to know it. */
export function checkInternalStep(spec: StepSpec): Finding[] {
  const properties = internalManifest(spec.id)?.properties ?? [];
  // A container without a name has been told already, in the original's words.
  const isNamed = CONTAINER_NAMED_STEPS.includes(spec.id);
  const checked = isNamed ? properties.map((property) => withoutName(property)) : properties;
  const forms = properties.flatMap((property) => {
    const given = spec.properties.get(property.name);
    return given === undefined ? [] : checkValue(spec, property, given);
  });
  return [...checkProperties(spec, checked), ...forms];
}

const withoutName = (property: InternalProperty): InternalProperty =>
  property.name === 'name' ? { ...property, required: false } : property;

function checkValue(spec: StepSpec, property: InternalProperty, given: PropertyValue): Finding[] {
  const problem =
    given.value.trim() === '' ? emptyProblem(property) : formProblem(property.form, given.value);
  if (problem === undefined) return [];
  return [
    {
      severity: 'error',
      code: 'bad-property',
      message: `the property "${property.name}" of ${quoteShort(spec.id)} ${problem}`,
      range: given.range,
    },
  ];
}

const emptyProblem = ({ required }: InternalProperty): string | undefined =>
  required ? 'must not be empty' : undefined;

/** Values with variables in them are known only when the step runs. */
function formProblem(form: PropertyForm | undefined, value: string): string | undefined {
  switch (form) {
    case undefined:
      return undefined;
    case 'words':
    case 'pairs':
      return wordsProblem(value, form === 'pairs');
    case 'ports':
      return portsProblem(value, isPort, 'NUMBER[/tcp|udp|sctp]');
    case 'published-ports':
      return portsProblem(
        value,
        (text) => parsePort(text) !== undefined,
        '[ip:][host:]container[/tcp|udp|sctp]',
      );
    case 'registry-logins':
      return loginsProblem(value);
  }
}

function wordsProblem(value: string, pairs: boolean): string | undefined {
  const words = shellSplit(value);
  if (!words.ok) return `is not a list of words: ${words.error}`;
  const bad = pairs ? words.value.find((word) => !/^[^=]+=/.test(word) && !word.includes('$')) : undefined;
  return bad === undefined ? undefined : `has ${quoteShort(bad)}, which is not of the form name=value`;
}

function portsProblem(value: string, fits: (text: string) => boolean, wanted: string): string | undefined {
  const bad = value.split(/[\s,]+/).find((text) => text !== '' && !text.includes('$') && !fits(text));
  return bad === undefined ? undefined : `has ${quoteShort(bad)}, which is not of the form ${wanted}`;
}

/** A port of an image is published nowhere: neither an address nor a second number belongs to it. */
const isPort = (text: string): boolean => !text.includes(':') && parsePort(text) !== undefined;

function loginsProblem(value: string): string | undefined {
  if (value.includes('$')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return undefined;
  } catch {
    // The reason would repeat the text, which holds passwords.
  }
  return 'is not JSON of the form {"registry": {"username": "…", "password": "…"}}';
}
