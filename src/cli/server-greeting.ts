import type { CommandContext } from './command.ts';
import type { ServerSettings } from './queue-settings.ts';

/** What is said to a person who has started a server: where its page is, and who may come in. A log has it in its facts. */
export function serverGreeting(
  { access, isLoopback, rootUrl, clientsFile }: ServerSettings,
  listening: string,
): string {
  return `\nThe web page is at ${rootUrl ?? listening}/\n${whoMay()}\n\n`;

  function whoMay(): string {
    if (access === 'closed') return `Sign in as one of the clients in ${clientsFile}`;
    const who = isLoopback ? 'Whoever is on this machine' : 'Whoever reaches this server';
    return `${who} may do everything there, without signing in.`;
  }
}

/** Whether lines are for a person, and not for a log. */
export const isForPerson = ({ flags, stderr }: Pick<CommandContext, 'flags' | 'stderr'>): boolean =>
  flags.given('output')
    ? flags.required('output') === 'text' && stderr.isTTY === true
    : stderr.isTTY === true;
