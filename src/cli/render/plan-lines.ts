import { formatDuration } from '../../kernel/index.ts';
import type { OutlinedContainer, OutlinedStep, OutlinedValue, RunOutline } from '../../runner/index.ts';
import type { Style } from './style.ts';

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const row = (name: string, text: string | undefined): string[] =>
  text === undefined || text === '' ? [] : [`${`${name}:`.padEnd(12)} ${text}`];

/** One line, whatever is in the value. */
const valueText = ({ value, secret }: OutlinedValue): string =>
  secret ? '***' : value.replaceAll('\n', '\\n').replaceAll('\r', '\\r');

const values = (all: readonly OutlinedValue[]): string[] =>
  all.map((each) => `${each.name}=${valueText(each)}`);

function group(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...indent(lines)];
}

function containerLines(container: OutlinedContainer): string[] {
  const { user, command, entrypoint, ports, volumes, ready, environment } = container;
  return [
    ...row('user', user),
    ...row('entrypoint', entrypoint?.join(' ')),
    ...row('command', command?.join(' ')),
    ...row('ports', ports.join(', ')),
    ...row('volumes', volumes.join(', ')),
    ...row('ready', ready),
    ...group('env', values(environment)),
  ];
}

const ORIGIN: Readonly<Record<OutlinedStep['origin'], string>> = {
  script: 'script',
  'built-in': 'built in',
  folder: 'folder',
  url: 'fetched from',
  registry: 'registry, asked for',
};

function stepLines(step: OutlinedStep, index: number, style: Style): string[] {
  const { owner, name, version, origin, from, cwd, checkpoint, code, properties, environment } = step;
  const id = `${owner}/${name}${version === '' ? '' : `@${version}`}`;
  const source = from === undefined ? ORIGIN[origin] : `${ORIGIN[origin]} ${from}`;
  return [
    `${String(index + 1).padStart(2)}. ${style(step.displayName, 'yellow')}  ${style(origin === 'script' ? source : `${id}, ${source}`, 'dim')}`,
    ...indent(
      indent([
        ...row('cwd', cwd),
        ...row('checkpoint', checkpoint),
        ...values(properties),
        ...values(environment),
        ...(code === undefined ? [] : code.trimEnd().split('\n')),
      ]),
    ),
  ];
}

function stepsGroup(name: string, steps: readonly OutlinedStep[], style: Style): string[] {
  return group(
    name,
    steps.flatMap((step, index) => stepLines(step, index, style)),
  );
}

/** What would run, for people. */
export function planLines(outline: RunOutline, style: Style): string[] {
  const { box, services, targets, target, steps } = outline;
  return [
    `${style(`Pipeline ${outline.pipeline}`, 'bold')} (${outline.kind}, ${outline.file})`,
    ...indent([
      ...row('box', box.image),
      ...indent(containerLines(box)),
      ...services.flatMap((service) => [
        ...row('service', `${service.name} (${service.image})`),
        ...indent(containerLines(service)),
      ]),
      ...row('source', outline.sourceDir),
      ...row('docker', outline.docker ? 'the box has access to the engine' : undefined),
      ...row(
        'timeouts',
        `${formatDuration(outline.commandTimeoutMs)} a step, ${formatDuration(outline.noResponseTimeoutMs)} without output`,
      ),
      ...row('targets', targets.map((name) => (name === target ? `${name} (chosen)` : name)).join(', ')),
      ...group('environment', values(outline.environment)),
      ...(steps.length === 0 ? ['steps: none'] : stepsGroup('steps', steps, style)),
      ...stepsGroup('after-steps', outline.afterSteps, style),
    ]),
  ];
}
