/**
 * What a shell holds that lasts from step to step. Texts are latin1, one character a byte, in the shell's own quoting
 * unless said otherwise.
 */
export interface ShellState {
  /** Other shells are `posix`: they print less, and none of their functions. */
  readonly shell: 'bash' | 'posix';
  /** Absolute; not quoted. */
  readonly folder: string;
  readonly umask: string;
  /** Whether `set -x` was on. */
  readonly trace: boolean;
  /** Whether a process that a step started goes on beside the shell. It is not part of the state. */
  readonly background: boolean;
  /** `$1` … ; not quoted. */
  readonly arguments: readonly string[];
  readonly variables: readonly ShellVariable[];
  readonly functions: readonly ShellFunction[];
  readonly aliases: readonly ShellSetting[];
  /** By signal. */
  readonly traps: readonly ShellSetting[];
  /** By name: `set -o` and bash's `shopt`. */
  readonly options: readonly ShellSetting[];
}

export interface ShellVariable {
  readonly name: string;
  /** Letters as `declare` takes them: `x` exported, `r` read-only, `a` array … */
  readonly attributes: string;
  /** Absent: declared without a value. */
  readonly value?: string;
}

export interface ShellFunction {
  readonly name: string;
  readonly attributes: string;
  /** Defines it. */
  readonly text: string;
}

export interface ShellSetting {
  readonly name: string;
  /** The statement that sets it. */
  readonly text: string;
}
