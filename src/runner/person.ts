import type { Terminal, TerminalSize } from '../engine/index.ts';

/** One thing that a person may choose. */
export interface Choice {
  /** One letter. */
  readonly key: string;
  readonly name: string;
  readonly about: string;
}

/**
 * The person in front of a terminal, where there is one: what a run needs of them while it goes on. The program owns
 * the terminal; a run asks for it through this and has it for the length of one call. One call at a time.
 */
export interface Person {
  /**
   * Connects the person's terminal with a process's, in raw mode, sizes included, until the process ends; returns its
   * exit code. Rejects with what `open` rejects with, and when `signal` aborts, the terminal restored either way.
   */
  connect(open: (size: TerminalSize) => Promise<Terminal>, signal?: AbortSignal): Promise<number>;
  /** Shows the choices and waits for one of their keys; returns its name. Rejects when `signal` aborts. */
  choose(title: string, choices: readonly Choice[], signal: AbortSignal): Promise<string>;
  /** Asks for a line of text. Empty where nothing was typed. Rejects when `signal` aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** Opens a file of this machine in the person's editor and waits until that is closed; whether it ended well. */
  edit(path: string): Promise<boolean>;
}
