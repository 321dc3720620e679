import { type PlanDependencies, planRun, type RunOutline, type RunRequest } from '../../runner/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { commandLine } from '../render/command-line.ts';
import { openEvents, wantsJson } from '../render/open-outputs.ts';
import { planLines } from '../render/plan-lines.ts';
import { createStyle, usesColour } from '../render/style.ts';
import { terminalText } from '../render/terminal-text.ts';
import { readRunRequest } from '../run-request.ts';

/** `--kind`, else what the pipeline's name says: `deploy` deploys. */
function kindOf({ flags }: CommandContext, pipeline: string): RunRequest['kind'] {
  const wanted = flags.text('kind');
  if (wanted === 'build' || wanted === 'deploy') return wanted;
  return pipeline === 'deploy' ? 'deploy' : 'build';
}

/** A request as `build` or `deploy` would make it; the words of the line are pipelines here, the source is this folder. */
async function requestFor(context: CommandContext, pipeline: string): Promise<RunRequest> {
  const request = await readRunRequest({ ...context, positionals: [] }, kindOf(context, pipeline));
  return { ...request, pipeline };
}

function show(context: CommandContext, outline: RunOutline, isFirst: boolean): void {
  const { stdout } = context;
  if (wantsJson(context)) {
    stdout.write(commandLine('plan', outline));
    return;
  }
  const style = createStyle(usesColour(stdout, context));
  stdout.write(terminalText(`${isFirst ? '' : '\n'}${planLines(outline, style).join('\n')}\n`));
}

/** `slipway plan [PIPELINE…]`: what would run; starts nothing and needs no engine. */
export async function plan(context: CommandContext): Promise<number> {
  const { flags, positionals } = context;
  const names = positionals.length > 0 ? positionals : [flags.text('pipeline') ?? 'build'];
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const dependencies: PlanDependencies = { events: openEvents(context), signal: interrupts.signal };
  let exitCode: number = EXIT.passed;
  for (const [index, name] of names.entries()) {
    const planned = await planRun(await requestFor(context, name), dependencies);
    if (planned.ok) show(context, planned.value, index === 0);
    else {
      exitCode = EXIT.failed;
      tellFailure(context, planned.error);
    }
  }
  return exitCode;
}

function tellFailure(context: CommandContext, { message, hint }: { message: string; hint?: string }): void {
  const explained = { message, ...(hint === undefined ? {} : { hint }) };
  if (wantsJson(context)) {
    context.stdout.write(commandLine('error', { code: 'failed', exitCode: EXIT.failed, ...explained }));
    return;
  }
  context.stderr.write(`error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
}
