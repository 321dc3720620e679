import type { ConfigurationFile } from '../config/index.ts';
import type { Flag } from './flag.ts';
import type { FlagValues } from './flag-values.ts';
import type { Program } from './programs.ts';

/** What a command is given, and where it writes. */
export interface CommandContext {
  readonly flags: FlagValues;
  readonly positionals: readonly string[];
  readonly program: Program;
  readonly environment: NodeJS.ProcessEnv;
  readonly currentFolder: string;
  /** The configuration file, read when it is first asked for, and once. Throws `ConfigurationError`. */
  readonly configuration: () => Promise<ConfigurationFile>;
  /** Where answers to questions come from. */
  readonly stdin: NodeJS.ReadStream;
  /** Results. */
  readonly stdout: NodeJS.WriteStream;
  /** Progress, warnings and errors. */
  readonly stderr: NodeJS.WriteStream;
}

/** One command of the program: what help says of it, and the module that does it, loaded when it is called. */
export interface Command {
  readonly name: string;
  readonly short?: string;
  readonly arguments?: string;
  /** How many further words it takes at most. */
  readonly maxArguments: number;
  readonly about: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly string[];
  /** `slipway NAME SUBCOMMAND`; their names have both words. */
  readonly subcommands?: readonly Command[];
  /** Also without a subcommand it is a command: a word that names none of them is its own. */
  readonly worksAlone?: boolean;
  /** What follows its name belongs to another program and is no flag of ours: flags of the table come before the name. */
  readonly passThrough?: boolean;
  /** Returns the exit code. */
  readonly load: () => Promise<(context: CommandContext) => Promise<number>>;
}
