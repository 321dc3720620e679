import { spawn } from 'node:child_process';
import type { Choice, Person } from '../runner/index.ts';
import type { CommandContext } from './command.ts';
import { readKey, readLine } from './person-input.ts';
import { connectTerminal } from './person-terminal.ts';

/** The person at this program's terminal; `undefined` where there is none, or where its output is for machines. */
export function personAt({ stdin, stdout, stderr, environment, flags }: CommandContext): Person | undefined {
  if (stdin.isTTY !== true || stdout.isTTY !== true || flags.text('output') === 'json') return undefined;
  return {
    connect: (open, signal) => connectTerminal({ stdin, stdout, open, signal }),
    async choose(title, choices, signal) {
      stderr.write(`${title}\n${choices.map(choiceLine).join('')}`);
      return await chooseKey(choices, { stdin, stderr, signal });
    },
    async ask(question, signal) {
      stderr.write(question);
      return await readLine(stdin, stderr, signal);
    },
    edit: (path) => editFile(path, environment),
  };
}

const choiceLine = ({ key, name, about }: Choice): string => `  ${key}  ${name.padEnd(8)} ${about}\n`;

interface Keys {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

async function chooseKey(choices: readonly Choice[], { stdin, stderr, signal }: Keys): Promise<string> {
  for (;;) {
    const key = await readKey(stdin, signal);
    const chosen = choices.find((choice) => choice.key === key.toLowerCase());
    if (chosen !== undefined) {
      stderr.write(`${chosen.name}\n`);
      return chosen.name;
    }
    const keys = choices.map((choice) => choice.key).join(', ');
    if (key.trim() !== '') stderr.write(`"${key}" is none of ${keys}\n`);
  }
}

/** `VISUAL` and `EDITOR` may hold a command with its own words, so a shell takes them apart, as other programs do. */
async function editFile(path: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const editor = environment['VISUAL'] || environment['EDITOR'] || 'vi';
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'edit', path], { stdio: 'inherit' });
  return await new Promise((resolve) => {
    child.once('error', () => resolve(false)).once('exit', (code) => resolve(code === 0));
  });
}
