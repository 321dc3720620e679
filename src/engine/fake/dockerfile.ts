import { EngineError } from '../error.ts';

/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals: `RUN`. */
  readonly name: string;
  /** What follows, with continued lines put together. */
  readonly text: string;
}

/** What the fake engine knows of Dockerfiles. */
export const KNOWN = [
  ...['FROM', 'ARG', 'RUN', 'COPY', 'ADD', 'ENV', 'LABEL', 'CMD', 'ENTRYPOINT'],
  ...['EXPOSE', 'WORKDIR', 'USER', 'VOLUME', 'STOPSIGNAL'],
];

/** The instructions of a Dockerfile. Throws `BUILD_FAILED` for one that is not known. */
export function parseDockerfile(content: string): Instruction[] {
  const lines = content
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\[ \t]*\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, word = '', text = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    const name = word.toUpperCase();
    if (KNOWN.includes(name)) return { name, text };
    throw new EngineError('BUILD_FAILED', `dockerfile parse error: unknown instruction: ${word}`);
  });
}

/** Words as a shell splits them: quotes keep spaces together. */
export function splitWords(text: string): string[] {
  const found = text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return found.map((word) =>
    word.replaceAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_all, double, single, escaped) =>
      double === undefined ? (single ?? escaped) : String(double).replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

/** `NAME=value` each; the old form `NAME value` is one. */
export function splitPairs(text: string): string[] {
  const words = splitWords(text);
  if (words[0]?.includes('=')) return words;
  return [text.replace(/\s+/, '=')];
}

/** The list of a JSON form, or the shell that runs the text. */
export function readCommand(text: string): string[] {
  if (!text.startsWith('[')) return ['/bin/sh', '-c', text];
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list.map(String) : ['/bin/sh', '-c', text];
}

/** `$NAME` and `${NAME}` become their values. */
export function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (_all, plain, braced) => values.get(plain ?? braced) ?? '',
  );
}
