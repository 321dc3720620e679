/** One flag of a command. The same word names it on the command line, in help and in completion. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What its value is called in help; absent: the flag is on or off. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeat?: boolean;
  /** Values that it takes; absent: any. */
  readonly choices?: readonly string[];
  readonly default?: string;
  /** Giving it is giving another flag of the table this value. */
  readonly means?: { readonly flag: string; readonly value: string };
  /** On unless `--no-NAME` or `--NAME=false`. */
  readonly on?: boolean;
  /** The environment variable that gives its value where the flag is absent. */
  readonly variable?: string;
  /** Kept out of help: few people need it. */
  readonly hidden?: boolean;
  readonly about: string;
}
