export interface InitScriptOptions {
  /** Wrap what the functions print in escape sequences. */
  readonly colour: boolean;
}

interface Printer {
  readonly name: string;
  /** Of the escape sequence that sets the foreground. */
  readonly colour: number;
  readonly prefix?: string;
}

const PRINTERS: readonly Printer[] = [
  { name: 'success', colour: 32 },
  { name: 'info', colour: 37 },
  { name: 'debug', colour: 38 },
  { name: 'warn', colour: 33 },
  { name: 'error', colour: 31, prefix: 'error: ' },
];
const FAIL: Printer = { name: 'fail', colour: 31, prefix: 'failed: ' };

/**
 * The `run.sh` of the built-in step `wercker-init`, which goes before all others: functions that steps print with and
 * report with, for any POSIX shell. `fail` prints, leaves its text as the step's message, and ends the step.
 */
export function initScript({ colour }: InitScriptOptions): string {
  const printers = PRINTERS.map((printer) => `${printer.name}() { ${printCommand(printer, colour)}; }`);
  return `${[
    'set -e',
    'if command -v shopt > /dev/null 2>&1; then shopt -s expand_aliases; fi',
    // Steps of old were written for a user who needs it; the box runs them as root.
    "alias sudo=''",
    ...printers,
    // `>|` writes also where the step forbade overwriting with `set -C`.
    `setMessage() { printf '%s' "$*" >| "$WERCKER_REPORT_MESSAGE_FILE"; }`,
    `fail() { ${printCommand(FAIL, colour)}; setMessage "$*"; exit 1; }`,
  ].join('\n')}\n`;
}

function printCommand({ colour, prefix = '' }: Printer, withColour: boolean): string {
  const format = withColour ? `\\033[${colour}m\\033[1m${prefix}%s\\033[0m\\n` : `${prefix}%s\\n`;
  return `printf '${format}' "$*"`;
}
