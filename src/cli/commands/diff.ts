import { resolve } from 'node:path';
import { createRedactor, formatBytes, type Redactor } from '../../kernel/index.ts';
import {
  diffStates,
  type FileChange,
  type ImageFile,
  type ShellChange,
  type StateDiff,
} from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { openEngineFor } from '../open-engine.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { textDiff } from '../render/text-diff.ts';
import { hostEnvironment } from '../run-request.ts';

const MARK = { added: '+', removed: '-', changed: '~' } as const;

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** What differs of a file, before and after. */
function fileFacts({ kind, mode, sizeBytes, target }: ImageFile): string {
  if (kind === 'link') return `-> ${target ?? ''}`;
  return kind === 'file' ? `${octal(mode)} ${formatBytes(sizeBytes)}` : `${octal(mode)} ${kind}`;
}

function fileLine({ path, change, before, after }: FileChange): string {
  const facts = [before, after].flatMap((file) => (file === undefined ? [] : [fileFacts(file)]));
  return `${MARK[change]} ${path}  ${[...new Set(facts)].join(' → ')}`;
}

/** A function's text is shown line by line, anything else on one line. */
function shellLines({ what, name, before, after }: ShellChange): string[] {
  const sign = before === undefined ? '+' : after === undefined ? '-' : '~';
  if (what === 'function') {
    return [`${sign} function ${name}`, ...textDiff(before ?? '', after ?? '').map((line) => `    ${line}`)];
  }
  const shown = [before, after].filter((value) => value !== undefined);
  return [`${sign} ${what} ${name}  ${shown.join(' → ')}`];
}

function contentLines(diff: StateDiff, redactor: Redactor): string[] {
  return [...diff.contents].flatMap(([path, { before, after }]) => {
    if (before === undefined && after === undefined) return [`${path}: neither state has this file`];
    const [old, now] = [before ?? Buffer.alloc(0), after ?? Buffer.alloc(0)];
    if (old.includes(0) || now.includes(0)) return [`${path}: not a text`];
    return [path, ...textDiff(redactor.text(old.toString()), redactor.text(now.toString()))];
  });
}

function print(context: CommandContext, diff: StateDiff, redactor: Redactor): void {
  const lines = [
    ...diff.files.map(fileLine),
    ...diff.shell.flatMap(shellLines),
    ...contentLines(diff, redactor),
  ];
  for (const line of lines) context.stdout.write(`${redactor.text(line)}\n`);
  if (lines.length === 0) context.stderr.write('The states are the same.\n');
  if (diff.omitted.length > 0) {
    context.stderr.write(`Not compared, because they hold secrets: ${diff.omitted.join(', ')}\n`);
  }
}

function masked<T>(value: T, redactor: Redactor): T {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? redactor.text(part) : part,
  ) as T; // the same keys with the same kinds of values
}

/** `slipway diff A B`: what changed between two kept states. */
export async function diff(context: CommandContext): Promise<number> {
  const { flags, positionals, currentFolder, stdout } = context;
  const [before, after] = positionals;
  if (before === undefined || after === undefined) {
    throw new UsageError('diff: name two states, each a STEP, start, or RUN:STEP; slipway states lists them');
  }
  const host = await hostEnvironment(context);
  const secrets = [...host].flatMap(([name, value]) => (name.startsWith('XXX_') ? [value] : []));
  const redactor = createRedactor({ secrets });
  await using engine = await openEngineFor(context);
  const workingDir = resolve(currentFolder, flags.required('working-dir'));
  const found = await diffStates(engine, { workingDir, before, after, contents: flags.all('content') });
  if (!wantsJson(context)) {
    print(context, found, redactor);
    return EXIT.passed;
  }
  const { files, shell, omitted } = found;
  const contents = [...found.contents].map(([path, content]) => ({
    path,
    ...(content.before && { before: content.before.toString() }),
    ...(content.after && { after: content.after.toString() }),
  }));
  stdout.write(commandLine('state-diff', masked({ files, shell, omitted, contents }, redactor)));
  return EXIT.passed;
}
