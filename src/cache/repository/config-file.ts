/** One line of a `config`, as it was written, and what it means. */
interface Line {
  readonly text: string;
  readonly group: string;
  /** Absent: a comment, an empty line, the head of a group. */
  readonly key?: string;
  readonly value?: string;
}

/** The `config` of a repository: groups of keys, with everything between them kept as it was written. */
export interface ConfigFile {
  /** The last of that name counts, as it does for the original. */
  get(group: string, key: string): string | undefined;
  /** With a key changed, added or, for `undefined`, removed; all other lines stay as they are. */
  with(group: string, key: string, value: string | undefined): ConfigFile;
  readonly text: string;
}

const HEAD = /^\s*\[([^\]]+)\]\s*$/;
const PAIR = /^\s*([A-Za-z0-9_.-]+)\s*=\s*(.*?)\s*$/;

/** Reads the text of a `config`. What means nothing is kept and ignored. */
export const parseConfig = (text: string): ConfigFile => ofLines(readLines(text));

function readLines(text: string): Line[] {
  let group = '';
  const texts = text.split('\n');
  if (texts.at(-1) === '') texts.pop();
  return texts.map((line) => {
    const head = HEAD.exec(line)?.[1];
    if (head !== undefined) group = head;
    const [, key, value] = head === undefined ? (PAIR.exec(line) ?? []) : [];
    return key === undefined || value === undefined
      ? { text: line, group }
      : { text: line, group, key, value };
  });
}

function ofLines(lines: readonly Line[]): ConfigFile {
  return {
    get: (group, key) => lines.findLast((line) => line.group === group && line.key === key)?.value,
    with(group, key, value) {
      const at = lines.findLastIndex((line) => line.group === group && line.key === key);
      const others = lines.filter((line) => line.group !== group || line.key !== key);
      if (value === undefined) return ofLines(others);
      const line: Line = { text: `${key}=${value}`, group, key, value };
      if (at >= 0)
        return ofLines(lines.flatMap((old, i) => (i === at ? [line] : others.includes(old) ? [old] : [])));
      return ofLines(addLine(lines, line));
    },
    text: lines.map((line) => `${line.text}\n`).join(''),
  };
}

/** Behind the last line of its group that says something; a group that is not there comes to the end. */
function addLine(lines: readonly Line[], line: Line): readonly Line[] {
  const last = lines.findLastIndex((old) => old.group === line.group && old.text.trim() !== '');
  if (last >= 0) return [...lines.slice(0, last + 1), line, ...lines.slice(last + 1)];
  const gap = lines.length > 0 ? [{ text: '', group: line.group }] : [];
  return [...lines, ...gap, { text: `[${line.group}]`, group: line.group }, line];
}
