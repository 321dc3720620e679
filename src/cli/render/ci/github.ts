import { randomBytes } from 'node:crypto';
import { relative, resolve } from 'node:path';
import type { Diagnostic, RunEvent } from '../../../kernel/index.ts';
import { type CiMarks, stepProblem } from './marks.ts';
import { createParts } from './parts.ts';

export interface GithubOptions {
  /** What the file of a diagnostic is relative to, absolute. */
  readonly currentFolder: string;
  /** The checkout, absolute; annotations name files relative to it. */
  readonly workspace: string | undefined;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

type Properties = Readonly<Record<string, string | number | undefined>>;

/** `::name key=value,key=value::data` */
function command(name: string, data = '', properties: Properties = {}): string {
  const written = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeProperty(String(value))}`)
    .join(',');
  return `::${name}${written === '' ? '' : ` ${written}`}::${escapeData(data)}`;
}

function annotation(diagnostic: Diagnostic, { currentFolder, workspace }: GithubOptions): string {
  const { severity, code, message, hint, range } = diagnostic;
  const path = resolve(currentFolder, diagnostic.file);
  const file = workspace === undefined ? diagnostic.file : relative(workspace, path);
  const oneLine = range !== undefined && range.start.line === range.end.line;
  const properties: Properties = {
    file,
    line: range?.start.line,
    endLine: range?.end.line,
    col: range?.start.column,
    endColumn: oneLine ? Math.max(range.start.column, range.end.column - 1) : undefined,
    title: code,
  };
  return command(severity, hint === undefined ? message : `${message} (${hint})`, properties);
}

/** A command at the start of any of its lines, or the older kind anywhere, loses its meaning and stays readable. */
const harmless = (line: string): string =>
  line.replaceAll(/(^|[\r\n\u0085])([\s\u0085]*):(?=:)/g, '$1$2: ').replaceAll('##[', '## [');

/**
 * Folded groups, annotations in the file, and errors on the summary page. While a step prints, commands are off; only
 * a word that nobody knows before turns them on again, so that no step speaks in Slipway's name.
 */
export function githubMarks(options: GithubOptions): CiMarks {
  let stopped: string | undefined;
  const parts = createParts();

  function stop(): string[] {
    if (stopped !== undefined) return [];
    stopped = randomBytes(16).toString('hex');
    return [command('stop-commands', stopped)];
  }

  function resume(): string[] {
    const token = stopped;
    stopped = undefined;
    return token === undefined ? [] : [command(token)];
  }

  function groups(event: RunEvent): string[] {
    const { closes, opens } = parts.before(event);
    return [
      ...(closes ? [command('endgroup')] : []),
      ...(opens === undefined ? [] : [command('group', opens)]),
    ];
  }

  function before(event: RunEvent): string[] {
    const marks = groups(event);
    if (event.type !== 'step-output') return [...resume(), ...marks];
    return marks.length === 0 ? stop() : [...resume(), ...marks, ...stop()];
  }

  function problems(event: RunEvent): string[] {
    if (event.type === 'diagnosed') return [annotation(event.diagnostic, options)];
    if (event.type === 'notice' && (event.level === 'warning' || event.level === 'error')) {
      return [command(event.level, event.text)];
    }
    const problem = stepProblem(event);
    if (problem === undefined || event.type !== 'step-finished') return [];
    return [command('error', problem, { title: `Step ${event.result}: ${event.displayName}` })];
  }

  return {
    before,
    after: (event) => [...(parts.endsAfter(event) ? [command('endgroup')] : []), ...problems(event)],
    plain: harmless,
    output: (bytes) => bytes,
  };
}
