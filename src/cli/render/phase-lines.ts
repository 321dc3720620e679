import { formatDuration, type PhaseFinished, type PhaseName } from '../../kernel/index.ts';
import { arrow, type Style } from './style.ts';

const DONE: Readonly<Record<PhaseName, string>> = {
  'copy source': 'Copied working directory',
  'setup environment': 'Set up environment',
  'store artifacts': 'Stored artifacts',
  'store cache': 'Stored cache',
  commit: 'Committed',
  'clean up': 'Cleaned up',
};

const QUIET: ReadonlySet<PhaseName> = new Set<PhaseName>(['store cache', 'clean up']);

export function phaseLines(
  { phase, result, durationMs }: PhaseFinished,
  { style, verbose }: { readonly style: Style; readonly verbose: boolean },
): string[] {
  const time = formatDuration(durationMs);
  if (result === 'failed') return [arrow(style, style(`Step failed: ${phase} ${time}`, 'red'))];
  if (QUIET.has(phase) && !verbose) return [];
  return [arrow(style, `${DONE[phase]}: ${time}`)];
}
