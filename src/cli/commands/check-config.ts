import { resolve } from 'node:path';
import type { Diagnostic } from '../../kernel/index.ts';
import type { BoxSpec, Definition } from '../../pipeline/index.ts';
import { loadDefinition } from '../../project/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { commandLine } from '../render/command-line.ts';
import { openEvents, wantsJson } from '../render/open-outputs.ts';
import { terminalText } from '../render/terminal-text.ts';

const boxOf = (definition: Definition, box: BoxSpec | undefined): string => {
  const used = box ?? definition.box;
  if (used === undefined) return 'none';
  if (used.digest !== undefined) return `${used.repository}@${used.digest}`;
  return `${used.repository}:${used.tag ?? 'latest'}`;
};

function summary(definition: Definition | undefined): string[] {
  if (definition === undefined) return [];
  const pipelines = [...definition.pipelines.values()].flatMap(({ name, box }) => [
    `Found pipeline section: ${name}`,
    `  with box: ${boxOf(definition, box)}`,
  ]);
  return [...pipelines, ...[...definition.workflows.keys()].map((name) => `Found workflow: ${name}`)];
}

const count = (diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): number =>
  diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;

/** What is wrong in a file belongs to no run yet. */
const NO_RUN = '';

/** `slipway check-config`: needs no engine and fetches nothing. */
export async function checkConfig(context: CommandContext): Promise<number> {
  const { flags, currentFolder, stdout, stderr } = context;
  const configFile = flags.text('wercker-yml');
  const { definition, diagnostics, text } = await loadDefinition({
    ...(configFile === undefined ? {} : { configFile: resolve(currentFolder, configFile) }),
    folders: [currentFolder],
    currentFolder,
  });
  const errors = count(diagnostics, 'error');
  if (wantsJson(context)) {
    const pipelines = [...(definition?.pipelines.keys() ?? [])];
    stdout.write(commandLine('config-checked', { valid: errors === 0, pipelines, diagnostics }));
    return errors === 0 ? EXIT.passed : EXIT.failed;
  }
  const show = openEvents(context);
  for (const diagnostic of diagnostics) {
    await show({ type: 'diagnosed', at: Date.now(), runId: NO_RUN, diagnostic, source: text });
  }
  for (const line of summary(definition)) stdout.write(`${terminalText(line)}\n`);
  if (errors > 0)
    stderr.write(
      `${errors} ${errors === 1 ? 'error' : 'errors'}, ${count(diagnostics, 'warning')} warnings\n`,
    );
  return errors === 0 ? EXIT.passed : EXIT.failed;
}
