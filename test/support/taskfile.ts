import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import { z } from 'zod';

const Task = z.strictObject({
  desc: z.string(),
  env: z.record(z.string(), z.string()).default({}),
  preconditions: z.array(z.strictObject({ sh: z.string(), msg: z.string() })).default([]),
  cmds: z.array(z.string()),
});

// What is not here is not understood, and no test should pass by leaving it out.
const Taskfile = z.strictObject({
  version: z.literal('3'),
  dotenv: z.array(z.string()).default([]),
  silent: z.boolean(),
  tasks: z.record(z.string(), Task),
});

export interface RanTask {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TaskCall {
  readonly file: string;
  readonly task: string;
  /** `NAME=VALUE` behind the task's name. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Runs one task of a Taskfile as the program of that format does, as far as these tests need it: arguments are variables of
 * templates, what the environment has wins over a task's `env`, commands are lines of a shell, and a precondition that fails
 * ends it with its message.
 */
export async function runTask({ file, task, variables = {}, environment }: TaskCall): Promise<RanTask> {
  const taskfile = Taskfile.parse(parse(readFileSync(file, 'utf8')));
  const found = taskfile.tasks[task];
  if (found === undefined) throw new Error(`${file} has no task ${task}`);
  const folder = dirname(file);
  const known = { ...environment, ...variables };
  const dotenv = taskfile.dotenv.map((name) => propertiesIn(join(folder, name)));
  const env = Object.assign(
    {},
    ...dotenv,
    Object.fromEntries(Object.entries(found.env).map(([name, value]) => [name, rendered(value, known)])),
    environment,
  );
  for (const { sh, msg } of found.preconditions) {
    const { exitCode } = await shell(sh, folder, env);
    if (exitCode !== 0) return { exitCode: 201, stdout: '', stderr: `task: ${msg}\n` };
  }
  const all = { exitCode: 0 as number | null, stdout: '', stderr: '' };
  for (const command of found.cmds) {
    const ran = await shell(rendered(command, known), folder, env);
    all.stdout += ran.stdout;
    all.stderr += ran.stderr;
    if (ran.exitCode !== 0) return { ...all, exitCode: ran.exitCode };
  }
  return all;
}

/** `{{.NAME}}` and `{{.NAME | default "text"}}`; any other template is an error. */
function rendered(template: string, variables: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{\{(.*?)\}\}/g, (_all, inner: string) => {
    const [, name = '', byDefault = ''] =
      /^\s*\.([A-Z_]+)\s*(?:\|\s*default\s+"([^"]*)"\s*)?$/.exec(inner) ?? [];
    if (name === '') throw new Error(`this template is not understood: {{${inner}}}`);
    return variables[name] || byDefault;
  });
}

function propertiesIn(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const lines = readFileSync(path, 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line): [string, string][] => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

async function shell(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<RanTask> {
  const child = spawn('sh', ['-euc', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { exitCode, stdout, stderr };
}
