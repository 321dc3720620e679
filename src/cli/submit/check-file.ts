import { resolve } from 'node:path';
import { type Diagnostic, formatDiagnostic } from '../../kernel/index.ts';
import { blocksPipeline, laptopOnly, resolveTarget } from '../../pipeline/index.ts';
import { type LoadedDefinition, loadDefinition } from '../../project/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';
import { usesColour } from '../render/style.ts';
import type { Submission } from './submission.ts';

/**
 * Reads the file before anything is sent, and tells every mistake with its place. What an operator may allow is only warned
 * of: what a worker's operator allows is not known here. Returns the ignore file that it names. Throws `CommandError`.
 */
export async function checkFile(
  context: CommandContext,
  submission: Submission,
): Promise<{ readonly ignoreFile?: string }> {
  const { folder, configFile, pipeline } = submission;
  const loaded = await loadDefinition({
    ...(configFile !== undefined && { configFile }),
    folders: [folder],
    currentFolder: context.currentFolder,
    useDefault: pipeline.options?.defaultFile ?? false,
  });
  const { definition, diagnostics } = loaded;
  const own = diagnostics.filter(({ workflow }) => workflow === undefined);
  const blocks = own.filter((each) => blocksPipeline(each, pipeline.name));
  if (definition === undefined || blocks.length > 0) throw refused(context, loaded, own);
  tell(context, loaded, own.map(asWarning));
  const { name, deployTarget } = pipeline;
  const target = resolveTarget({
    definition,
    pipeline: name,
    ...(deployTarget !== undefined && { deployTarget }),
  });
  if (!target.ok) throw refused(context, loaded, target.error);
  const local = laptopOnly(target.value, {
    allow: [],
    neverPulls: pipeline.options?.pull === 'never',
    isInside: (path) => path.includes('$') || isBelow(folder, resolve(folder, path)),
  });
  tell(context, loaded, [...target.value.warnings, ...local].map(asWarning));
  return definition.ignoreFile === undefined ? {} : { ignoreFile: definition.ignoreFile };
}

const isBelow = (root: string, path: string): boolean => path === root || path.startsWith(`${root}/`);

const asWarning = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: 'warning' });

function tell(context: CommandContext, { text }: LoadedDefinition, diagnostics: readonly Diagnostic[]): void {
  if (wantsJson(context)) return; // they are in the task's own events
  const colour = usesColour(context.stderr, context);
  for (const each of diagnostics) context.stderr.write(`${formatDiagnostic(each, text, { colour })}\n\n`);
}

function refused(
  context: CommandContext,
  loaded: LoadedDefinition,
  diagnostics: readonly Diagnostic[],
): CommandError {
  tell(context, loaded, diagnostics);
  if (wantsJson(context)) {
    const pipelines = [...(loaded.definition?.pipelines.keys() ?? [])];
    context.stdout.write(commandLine('config-checked', { valid: false, pipelines, diagnostics }));
  }
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const count = errors === 1 ? 'a mistake' : `${errors} mistakes`;
  return new CommandError(`${loaded.file} has ${count}; nothing was sent`);
}
