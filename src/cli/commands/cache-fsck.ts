import { type Checked, type CheckProgress, checkRepository, type Problem } from '../../cache/index.ts';
import { formatBytes } from '../../kernel/index.ts';
import type { CommandContext } from '../command.ts';
import { CommandError } from '../command-error.ts';
import { EXIT } from '../exit-code.ts';
import { listenForInterrupts } from '../interrupts.ts';
import { openCache } from '../open-cache.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { createDownloadBar } from '../render/download-bar.ts';
import { nowAndThen } from '../render/now-and-then.ts';
import { wantsJson } from '../render/open-outputs.ts';

/** `slipway cache fsck`: exit code 1 where something is wrong and stays so. */
export async function cacheFsck(context: CommandContext): Promise<number> {
  const repairs = context.flags.on('repair');
  await using cache = await openCache(context);
  const { repository } = cache;
  using interrupts = listenForInterrupts({ onFirst: () => undefined, onSecond: () => undefined });
  const { signal } = interrupts;
  const progress = createProgress(context);
  try {
    const checked = await checkRepository(repository, { repairs, signal, onProgress: progress.show });
    progress.clear();
    report(context, repository.folder, { checked, repairs });
    return checked.isSound ? EXIT.passed : EXIT.failed;
  } catch (error) {
    progress.clear();
    if (signal.aborted) throw new CommandError('interrupted', 'Nothing was changed but what is said above.');
    throw error;
  }
}

/** A bar on a terminal; a line each second under `--output json`. */
function createProgress(context: CommandContext) {
  if (!wantsJson(context)) {
    const bar = createDownloadBar(context.stderr);
    return {
      show: ({ bytes, totalBytes }: CheckProgress) => bar.show({ doneBytes: bytes, sizeBytes: totalBytes }),
      clear: () => bar.clear(),
    };
  }
  return {
    show: nowAndThen((progress: CheckProgress) =>
      context.stdout.write(commandLine('cache-checking', progress)),
    ),
    clear: () => undefined,
  };
}

/** What is wrong, and what it is about. */
function aboutOf(problem: Problem): { readonly name: string; readonly text: string } {
  switch (problem.type) {
    case 'object':
      return { name: problem.object, text: problem.problem };
    case 'ref':
      return { name: problem.ref, text: `${problem.ref} is not whole: ${problem.problem}` };
    case 'commit':
      return {
        name: problem.commit,
        text: `the commit ${problem.commit}, which no ref names: ${problem.problem}`,
      };
    case 'file':
      return { name: problem.path, text: `${problem.path}: ${problem.problem}` };
    case 'summary':
      return { name: 'summary', text: `the summary: ${problem.problem}` };
  }
}

interface Outcome {
  readonly checked: Checked;
  readonly repairs: boolean;
}

function report(context: CommandContext, folder: string, { checked, repairs }: Outcome): void {
  const { stdout } = context;
  const { problems, isSound, objects, bytes, refs } = checked;
  const repaired = repairs && problems.length > 0;
  const isJson = wantsJson(context);
  for (const problem of problems) {
    const { name, text } = aboutOf(problem);
    stdout.write(
      isJson
        ? commandLine('cache-problem', { what: problem.type, name, problem: problem.problem })
        : `${shownText(text, 1000)}\n`,
    );
  }
  if (isJson) {
    const totals = {
      repository: folder,
      objects,
      bytes,
      refs,
      problems: problems.length,
      repaired,
      sound: isSound,
    };
    stdout.write(commandLine('cache-checked', totals));
    return;
  }
  stdout.write(
    `${folder}: ${objects} objects, ${formatBytes(bytes)}, ${refs} ${refs === 1 ? 'ref' : 'refs'}: ${verdict(checked, repaired)}\n`,
  );
}

function verdict({ problems }: Checked, repaired: boolean): string {
  if (problems.length === 0) return 'all of it is sound';
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  if (repaired)
    return `${count}, and what was wrong is gone now. Whoever has the artifacts can push them again`;
  return `${count}. \`slipway cache fsck --repair\` takes away what is wrong`;
}
