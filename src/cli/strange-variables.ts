import { strangeVariables } from '../config/index.ts';
import type { CommandContext } from './command.ts';

/** A sentence for each variable that was probably meant to configure something. */
export const variableWarnings = (environment: NodeJS.ProcessEnv): readonly string[] =>
  strangeVariables(environment).map(({ name, near }) =>
    near === undefined
      ? `$${name} configures nothing: there is no such key`
      : `$${name} configures nothing: did you mean $${near}?`,
  );

export function warnOfVariables({
  environment,
  stderr,
}: Pick<CommandContext, 'environment' | 'stderr'>): void {
  for (const warning of variableWarnings(environment)) stderr.write(`warning: ${warning}\n`);
}
