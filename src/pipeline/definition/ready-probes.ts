import type { ReadySpec } from '../definition.ts';
import type { Report } from '../report.ts';
import { describeNode, isNull, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { textOf } from './expect.ts';

type Probe = ReadySpec['probe'];

const MAX_PORTS = 50; // each is asked for by a process of its own in the box
const MAX_TEXT_LENGTH = 4096;

/** One port or a list of them. */
export function readTcp(entry: YamlEntry, report: Report): Probe | undefined {
  const { value } = entry;
  const nodes = value.kind === 'list' ? value.items : [value];
  if (nodes.length === 0 || nodes.length > MAX_PORTS) {
    const message = `"${entry.name}" must name 1 to ${MAX_PORTS} ports, found ${nodes.length}`;
    report.error({ code: 'bad-port', message, at: value });
    return undefined;
  }
  const ports = nodes.map((node) => readPort(node, isNull(node) ? entry.key : node, report));
  const known = ports.filter((port) => port !== undefined);
  return known.length === ports.length ? { kind: 'tcp', ports: [...new Set(known)] } : undefined;
}

function readPort(node: YamlNode, at: { start: number; end: number }, report: Report): number | undefined {
  const number = node.kind === 'scalar' && /^\d{1,5}$/.test(node.text) ? Number(node.text) : 0;
  if (number >= 1 && number <= 65_535) return number;
  const message = `a port must be a number from 1 to 65535, found ${describeNode(node)}`;
  report.error({ code: 'bad-port', message, at });
  return undefined;
}

/** A path, and beside it `port` and `status`. */
export function readHttp(entry: YamlEntry, report: Report, map: YamlMap): Probe | undefined {
  const path = textOf(entry.value);
  const isPath = path !== undefined && /^\/[\x21-\x7e]*$/.test(path) && path.length <= MAX_TEXT_LENGTH;
  if (!isPath) {
    report.error({
      code: 'bad-path',
      message: `"http" must be a path that begins with "/" and holds no white space, found ${describeNode(entry.value)}`,
      at: isNull(entry.value) ? entry.key : entry.value,
      hint: 'write "http: /health" and "port: 8080"',
    });
  }
  const port = readHttpPort(map.entries.get('port'), report);
  const status = readStatus(map.entries.get('status'), report);
  if (!isPath || port === undefined) return undefined;
  return { kind: 'http', path, port, ...(status !== undefined && { status }) };
}

const HTTP_PORT = 80;

function readHttpPort(entry: YamlEntry | undefined, report: Report): number | undefined {
  if (entry === undefined) return HTTP_PORT;
  return readPort(entry.value, isNull(entry.value) ? entry.key : entry.value, report);
}

function readStatus(entry: YamlEntry | undefined, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const text = textOf(entry.value) ?? '';
  if (/^[1-5]\d\d$/.test(text)) return Number(text);
  const message = `"status" must be a status of HTTP such as 200, found ${describeNode(entry.value)}`;
  const at = isNull(entry.value) ? entry.key : entry.value;
  report.error({ code: 'wrong-type', message, at });
  return undefined;
}

/** A text for the service's shell, or the command's words. */
export function readCommand(entry: YamlEntry, report: Report): Probe | undefined {
  const { value } = entry;
  const command = value.kind === 'list' ? value.items.map(textOf) : textOf(value);
  const words = [command].flat();
  const isCommand = words.every((word) => word !== undefined && isPlain(word)) && words[0]?.trim();
  if (isCommand) return { kind: 'command', command: command as string | string[] }; // no word is missing
  return reportText(entry, 'a command: a text for the shell, or a list of words', report);
}

export function readLog(entry: YamlEntry, report: Report): Probe | undefined {
  const text = textOf(entry.value);
  if (text !== undefined && text !== '' && text.length <= MAX_TEXT_LENGTH) return { kind: 'log', text };
  return reportText(entry, 'the text to wait for in what the service prints', report);
}

const isPlain = (word: string): boolean => word.length <= MAX_TEXT_LENGTH && !word.includes('\0');

function reportText({ name, key, value }: YamlEntry, wanted: string, report: Report): undefined {
  const message = `"${name}" must be ${wanted}, found ${describeNode(value)}`;
  report.error({ code: 'wrong-type', message, at: isNull(value) ? key : value });
  return undefined;
}
