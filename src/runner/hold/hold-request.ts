import type { HeldChoice } from '../../kernel/index.ts';

/** What somebody wants of a held run. */
export type HoldRequest =
  | { readonly choice: 'retry' | 'skip' | 'give-up' | 'shell' }
  | { readonly choice: 'from'; readonly step: string }
  /** `script` absent: the person edits the step's own, in their editor. */
  | { readonly choice: 'edit'; readonly script?: string };

/** How somebody who asked through the socket opens a shell in the box. */
export interface BoxAccess {
  readonly container: string;
  /** `NAME=value` each; secrets among them. */
  readonly environment: readonly string[];
  readonly folder: string;
}

export type HoldAnswer =
  | { readonly ok: true; readonly message: string; readonly access?: BoxAccess }
  | { readonly ok: false; readonly message: string };

export interface KeyedChoice extends HeldChoice {
  readonly key: string;
  readonly name: HoldRequest['choice'];
}

/** What may be chosen. Built-in steps have no script. */
export function choicesFor(options: { readonly hasScript: boolean }): readonly KeyedChoice[] {
  return [
    { key: 'r', name: 'retry', about: 'run the step again, with changed files copied in' },
    ...(options.hasScript
      ? [{ key: 'e', name: 'edit', about: "edit the step's script and run it again" } as const]
      : []),
    { key: 's', name: 'skip', about: 'go on with the next step' },
    { key: 'f', name: 'from', about: 'go back to an earlier step' },
    { key: 'h', name: 'shell', about: 'open a shell in the box' },
    { key: 'g', name: 'give-up', about: 'end the run' },
  ];
}

const CHOICES: ReadonlySet<string> = new Set<HoldRequest['choice']>([
  'retry',
  'skip',
  'give-up',
  'shell',
  'from',
  'edit',
]);

/** A request as it came through the socket; `undefined` where it is none. */
export function parseHoldRequest(text: string): HoldRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { choice, step, script } = value as Record<string, unknown>;
  if (typeof choice !== 'string' || !CHOICES.has(choice)) return undefined;
  if (choice === 'from') return typeof step === 'string' ? { choice, step } : undefined;
  if (choice === 'edit') return typeof script === 'string' ? { choice, script } : undefined;
  return { choice } as HoldRequest; // one of the others, which have nothing else
}
