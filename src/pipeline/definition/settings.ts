import type { Definition } from '../definition.ts';
import type { Report } from '../report.ts';
import { describeNode, isNull, short, type YamlEntry, type YamlMap } from '../yaml/node.ts';
import { expectText } from './expect.ts';

/** Longer timeouts in a file are cut to this, as the original cuts them. */
export const MAX_TIMEOUT_MINUTES = 60;

type Settings = Pick<
  Definition,
  'commandTimeoutMinutes' | 'noResponseTimeoutMinutes' | 'sourceDir' | 'ignoreFile'
>;

/** The top-level scalars. The original drops those of the wrong type silently: here a warning says so. */
export function readSettings(map: YamlMap, report: Report): Settings {
  const commandTimeoutMinutes = readMinutes(map.entries.get('command-timeout'), report);
  const noResponseTimeoutMinutes = readMinutes(map.entries.get('no-response-timeout'), report);
  const sourceDir = readPath(map.entries.get('source-dir'), report);
  const ignoreFile = readPath(map.entries.get('ignore-file'), report);
  return {
    ...(commandTimeoutMinutes !== undefined && { commandTimeoutMinutes }),
    ...(noResponseTimeoutMinutes !== undefined && { noResponseTimeoutMinutes }),
    ...(sourceDir && { sourceDir }),
    ...(ignoreFile && { ignoreFile }),
  };
}

function readMinutes(entry: YamlEntry | undefined, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  const minutes = value.kind === 'scalar' && value.type.is === 'int' ? value.type.value : 0n;
  if (minutes <= 0n) {
    report.warn({
      code: 'wrong-type',
      message: `"${entry.name}" must be a whole number of minutes from 1 to ${MAX_TIMEOUT_MINUTES}, found ${describeNode(value)}; it is ignored`,
      at: isNull(value) ? entry.key : value,
    });
    return undefined;
  }
  if (minutes <= BigInt(MAX_TIMEOUT_MINUTES)) return Number(minutes);
  report.warn({
    code: 'timeout-too-long',
    message: `"${entry.name}" is at most ${MAX_TIMEOUT_MINUTES} minutes: ${MAX_TIMEOUT_MINUTES} is used instead of ${short(String(minutes))}`,
    at: value,
  });
  return MAX_TIMEOUT_MINUTES;
}

function readPath(entry: YamlEntry | undefined, report: Report): string | undefined {
  return entry && expectText(entry, report, 'warn');
}
