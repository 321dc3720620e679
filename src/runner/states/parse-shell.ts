import type { ShellFunction, ShellSetting, ShellState, ShellVariable } from './shell-state.ts';
import { splitStatements } from './shell-words.ts';

// What the shell itself keeps, or what belongs to the container or to the session's own work.
const INTERNAL =
  /^(__slipway\w*|_|BASH|BASHOPTS|BASHPID|BASH_(?!ENV$)\w*|COLUMNS|COMP_\w+|COPROC|DIRSTACK|EPOCH\w*|EUID|FUNCNAME|GROUPS|HISTCMD|HOSTNAME|HOSTTYPE|LINENO|LINES|MACHTYPE|OLDPWD|OPTERR|OPTIND|OSTYPE|PIPESTATUS|PPID|PWD|RANDOM|READLINE_\w+|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID)$/;

// How the shell reads its input, what stands still between steps, and what would end it.
const UNCHANGING =
  /^(debug|emacs|errexit|histexpand|history|interactive|noexec|onecmd|privileged|stdin|vi|xtrace|login_shell|restricted_shell)$/;

// The first one, the session, and the subshell that counted. Where more are the box's own, a pause too many does no harm.
export const OWN_PROCESSES = 3;

const DECLARED = /^declare -([-A-Za-z]+) ([A-Za-z_]\w*)(?:=([\s\S]*))?$/;
const ASSIGNED = /^(?:(?:export|readonly) )?([A-Za-z_]\w*)(?:=([\s\S]*))?$/;

/** Bash: `declare -ax NAME=VALUE`. */
function declared(statement: string): ShellVariable[] {
  const [, attributes = '', name = '', value] = DECLARED.exec(statement) ?? [];
  if (name === '' || INTERNAL.test(name)) return [];
  return [{ name, attributes: attributes.replaceAll('-', ''), ...(value === undefined ? {} : { value }) }];
}

const namesIn = (part: string): Set<string> =>
  new Set(splitStatements(part).flatMap((statement) => ASSIGNED.exec(statement)?.[1] ?? []));

/** Other shells: `NAME=VALUE`, and the names that are exported or read-only. Only `export` knows those without a value. */
function assigned(set: string, exportedPart: string, readOnlyPart: string): ShellVariable[] {
  const exported = namesIn(exportedPart);
  const readOnly = namesIn(readOnlyPart);
  const attributes = (name: string): string =>
    (exported.has(name) ? 'x' : '') + (readOnly.has(name) ? 'r' : '');
  const valued = splitStatements(set).flatMap((statement): ShellVariable[] => {
    const [, name = '', value] = ASSIGNED.exec(statement) ?? [];
    if (value === undefined || INTERNAL.test(name)) return [];
    return [{ name, attributes: attributes(name), value }];
  });
  const seen = new Set(valued.map(({ name }) => name));
  const bare = [...exported].filter((name) => !seen.has(name) && !INTERNAL.test(name));
  return [...valued, ...bare.map((name) => ({ name, attributes: attributes(name) }))];
}

function functionOf(part: string): ShellFunction[] {
  const [, attributes = '', name = '', text = ''] = /^declare -(\w+) (\S+)\n([\s\S]*)$/.exec(part) ?? [];
  if (name === '' || name.startsWith('__slipway')) return [];
  return [{ name, attributes: attributes.replace('f', ''), text: text.trimEnd() }];
}

const aliasOf = (statement: string): ShellSetting[] => {
  const text = statement.replace(/^alias (?:-- )?/, '');
  const [, name] = /^([^=]+)=/.exec(text) ?? [];
  return name === undefined ? [] : [{ name, text: `alias ${text}` }];
};

/** Bash says `SIGINT` where others say `INT`. The session itself traps the last signal (`driver.ts`). */
const trapOf = (statement: string): ShellSetting[] => {
  const [, signal] = /^trap -- [\s\S]* (\w+)$/.exec(statement) ?? [];
  const own = /^(SIG)?RTMAX$/.test(signal ?? '');
  return signal === undefined || own ? [] : [{ name: signal.replace(/^SIG(?=.)/, ''), text: statement }];
};

const optionOf = (statement: string): ShellSetting[] => {
  const [, name] = /^(?:set [-+]o|shopt -[su]) ([\w-]+)$/.exec(statement) ?? [];
  return name === undefined || UNCHANGING.test(name) ? [] : [{ name, text: statement }];
};

const settings = (part: string, read: (statement: string) => ShellSetting[]): ShellSetting[] =>
  splitStatements(part).flatMap(read);

/** Reads what `SHELL_TEXT` printed, as latin1. */
export function parseShell(printed: string): ShellState {
  const [traps = '', count = '0', ...more] = printed.split('\0');
  const shellArguments = more.slice(0, Number(count));
  const [set = '', trace = '', folder = '', umask = '', processes = '', kind = '', ...rest] = more.slice(
    Number(count),
  );
  const common = {
    folder: folder.replace(/\n$/, ''),
    umask: umask.trim(),
    trace: trace === 'x',
    background: !(Number(processes) <= OWN_PROCESSES),
    arguments: shellArguments,
    traps: settings(traps, trapOf),
  };
  if (kind === 'bash') {
    const [shopt = '', aliases = '', variables = '', ...functions] = rest;
    return {
      ...common,
      shell: 'bash',
      options: [...settings(set, optionOf), ...settings(shopt, optionOf)],
      aliases: settings(aliases, aliasOf),
      variables: splitStatements(variables).flatMap(declared),
      functions: functions.flatMap(functionOf),
    };
  }
  const [aliases = '', variables = '', exported = '', readOnly = ''] = rest;
  return {
    ...common,
    shell: 'posix',
    options: settings(set, optionOf),
    aliases: settings(aliases, aliasOf),
    variables: assigned(variables, exported, readOnly),
    functions: [],
  };
}
