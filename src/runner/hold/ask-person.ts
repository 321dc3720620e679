import type { RunContext } from '../context.ts';
import type { HoldAnswer, HoldRequest, KeyedChoice } from './hold-request.ts';

export interface PersonOptions {
  readonly choices: readonly KeyedChoice[];
  readonly ask: (request: HoldRequest) => Promise<HoldAnswer>;
  /** Aborts when the run is no longer held. */
  readonly signal: AbortSignal;
}

/** Shows the menu again and again until the run is no longer held. Nothing where nobody is at a terminal. */
export async function askPerson(context: RunContext, options: PersonOptions): Promise<void> {
  const { signal } = options;
  while (context.person !== undefined && !signal.aborted) {
    const request = await chooseRequest(context, options).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (request === undefined) return;
    const answer = await options.ask(request);
    if (answer.ok && request.choice !== 'shell') return;
    if (!answer.ok) context.notice('error', answer.message);
  }
}

async function chooseRequest(
  { person }: RunContext,
  { choices, signal }: PersonOptions,
): Promise<HoldRequest | undefined> {
  if (person === undefined) return undefined;
  const name = await person.choose('What now?', choices, signal);
  const chosen = choices.find((choice) => choice.name === name)?.name;
  if (chosen === undefined) return undefined;
  if (chosen !== 'from') return { choice: chosen };
  return { choice: 'from', step: (await person.ask('From which step? ', signal)).trim() };
}
