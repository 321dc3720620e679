import type { RunContext } from '../../context.ts';

/** What it takes to find a key; no folder of a run. */
export interface KeyContext extends Pick<RunContext, 'request' | 'engine' | 'signal' | 'redactor'> {
  readonly folder: Pick<RunContext['folder'], 'project' | 'root'>;
}
