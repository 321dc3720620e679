import { type CleanedJob, cleanKubernetesJobs } from '../../builder/index.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { clusterOf } from '../in-cluster.ts';
import { shownText } from '../render/columns.ts';
import { commandLine } from '../render/command-line.ts';
import { wantsJson } from '../render/open-outputs.ts';

const MAX_LENGTH = 300;

/** `slipway image clean-jobs`: what has ended goes, and each thing is named; with `--all` what goes on goes too. */
export async function imageCleanJobs(context: CommandContext): Promise<number> {
  const { flags, stdout } = context;
  const { namespace, removed, goingOn } = await cleanKubernetesJobs(clusterOf(context), flags.on('all'));
  if (wantsJson(context)) {
    for (const job of removed) stdout.write(commandLine('build-job-removed', { namespace, ...job }));
    stdout.write(
      commandLine('build-jobs-cleaned', { namespace, removed: removed.length, goingOn: goingOn.length }),
    );
    return EXIT.passed;
  }
  for (const job of removed) stdout.write(`Removed ${sentence(job)}\n`);
  const left = goingOn.length === 0 ? '' : `; ${goingOn.length} that go on were left alone`;
  stdout.write(`${removed.length === 0 ? 'Nothing' : jobs(removed.length)} removed in ${namespace}${left}\n`);
  return EXIT.passed;
}

const jobs = (count: number): string => (count === 1 ? '1 Job' : `${count} Jobs`);

function sentence({ jobName, state, target }: CleanedJob): string {
  const what = target === undefined ? '' : `${shownText(target, MAX_LENGTH)}, `;
  return `${shownText(jobName, MAX_LENGTH)} (${what}${state})`;
}
