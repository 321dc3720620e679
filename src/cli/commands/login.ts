import { hostname } from 'node:os';
import { requestToken } from '../access.ts';
import type { CommandContext } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { createPrompt } from '../prompt.ts';
import { saveToken } from '../save-token.ts';
import { tokenFile } from '../token.ts';

interface Answers {
  readonly username: string;
  readonly password: string;
  readonly session: string;
}

/** What the person typed; the reason in a sentence where something is missing. */
async function ask({ stdin, stderr }: CommandContext): Promise<Answers | string> {
  using prompt = createPrompt(stdin, stderr);
  const username = await prompt.ask('Username: ');
  if (username === undefined || username === '') return 'Username required';
  const password = await prompt.ask('Password: ', { hidden: true });
  if (password === undefined || password === '') return 'Password required';
  const fallback = `werckercli-${hostname()}`;
  const session = await prompt.ask(`Sessions name [default: ${fallback}]: `);
  if (session === undefined) return 'Login was stopped';
  return { username, password, session: session || fallback };
}

/** `slipway login` (contract: "Small commands") */
export async function login(context: CommandContext): Promise<number> {
  const { flags, stdin, stderr } = context;
  const failed = (why: string): number => {
    stderr.write(`${why}\n`);
    return EXIT.failed;
  };
  if (stdin.isTTY !== true) return failed('login asks for a password and needs a terminal to do so');
  const baseUrl = flags.required('base-url').replace(/\/+$/, '');
  stderr.write(`Log in to ${baseUrl} to get a token for this machine\n`);
  const answers = await ask(context);
  if (typeof answers === 'string') return failed(answers);
  const token = await requestToken(baseUrl, answers);
  if (!token.ok) return failed(`Unable to log into wercker: ${token.error}`);
  const path = tokenFile(flags);
  stderr.write(`Saving token to: ${path}\n`);
  await saveToken(path, token.value);
  return EXIT.passed;
}
