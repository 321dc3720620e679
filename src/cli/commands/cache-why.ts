import {
  type BuildExplanation,
  type EarlierDifference,
  explainBuild,
  type RunFailure,
} from '../../runner/index.ts';
import { openBuildCache } from '../build-cache/open-build-cache.ts';
import { withSharedName } from '../build-cache/shared-name.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import type { ShownKey } from '../events-schema/cache-why-lines.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openEngineFor } from '../open-engine.ts';
import { formatAge } from '../render/age.ts';
import { commandLine } from '../render/command-line.ts';
import { openEvents, wantsJson } from '../render/open-outputs.ts';
import { createStyle, type Style, usesColour } from '../render/style.ts';
import { changeLines, keyLines } from '../render/why-lines.ts';
import { readRunRequest } from '../run-request.ts';

/** `slipway cache why [TARGET]`: what a cached build depends on, and what changed since the last one; runs nothing. */
export async function cacheWhy(context: CommandContext): Promise<number> {
  const request = await withSharedName(context, await readRunRequest(context, 'build'));
  if (request.source.type !== 'folder') {
    throw new CommandError('Only a folder’s build can be explained', 'Fetch it first, then name its folder.');
  }
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  await using engine = await openEngineFor(context);
  await using cache = await openBuildCache(context, request);
  const explained = await explainBuild(request, {
    engine,
    cache,
    events: openEvents(context),
    signal: interrupts.signal,
  });
  if (!explained.ok) throw asCommandError(explained.error);
  show(context, explained.value);
  return EXIT.passed;
}

const asCommandError = ({ message, hint }: RunFailure): CommandError => new CommandError(message, hint);

function show(context: CommandContext, explanation: BuildExplanation): void {
  const { stdout } = context;
  if (wantsJson(context)) {
    stdout.write(commandLine('cache-key', shownKey(explanation)));
    return;
  }
  const style = createStyle(usesColour(stdout, context));
  stdout.write(`${lines(explanation, style).join('\n')}\n`);
}

function shownKey(explanation: BuildExplanation): ShownKey {
  if (!explanation.isCacheable) {
    return { cacheable: false, reasons: explanation.reasons, inputs: [], warnings: [] };
  }
  const { key, ref, newest } = explanation;
  return {
    cacheable: true,
    reasons: [],
    key: key.key,
    ref,
    inputs: key.inputs,
    warnings: key.warnings,
    ...(newest !== undefined && { newest: shownNewest(newest) }),
  };
}

function shownNewest({ changes, secrets, ...newest }: EarlierDifference): NonNullable<ShownKey['newest']> {
  return {
    ...newest,
    changes: changes.map(({ input, ...change }) => ({ ...input, ...change })),
    secrets: secrets.map(({ name }) => name),
  };
}

function lines(explanation: BuildExplanation, style: Style): string[] {
  if (!explanation.isCacheable) {
    return ['This build is not cached:', ...explanation.reasons.map((reason) => `  ${reason}`)];
  }
  const { key, newest } = explanation;
  return [...keyLines(key, style), '', ...newestLines(key.key, newest, style)];
}

function newestLines(key: string, newest: EarlierDifference | undefined, style: Style): string[] {
  if (newest === undefined) return ['No build of this pipeline is in the cache of this machine.'];
  const { runId, startedAt } = newest;
  const which = `run ${runId}, ${formatAge(startedAt, Date.now())}`;
  if (newest.key === key) return [style(`In the cache: ${which}.`, 'green')];
  return [`Changed since the newest build in the cache (${which}):`, ...changeLines(newest, style)];
}
