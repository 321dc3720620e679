import { suggest } from '../../kernel/index.ts';
import type { BoxCredentials, BoxSpec } from '../definition.ts';
import type { Report } from '../report.ts';
import { shellSplit } from '../shell/split.ts';
import { quoteShort, type YamlMap, type YamlNode } from '../yaml/node.ts';
import { BOX_CREDENTIAL_KEYS, readCredentials } from './box-credentials.ts';
import { readEnv, readPorts, readVolumes } from './box-lists.ts';
import { expectText } from './expect.ts';
import { readReady } from './ready.ts';

/** What a box's map holds, its image not yet read. */
export interface BoxFields extends Omit<BoxSpec, 'id' | 'repository' | 'tag' | 'digest' | 'range'> {
  readonly id?: Text;
  readonly tag?: Text;
}

interface Text {
  readonly text: string;
  readonly at: YamlNode;
}

/** What may stand in a box or a service. */
export const BOX_KEYS = [
  'id',
  'tag',
  'name',
  'cmd',
  'entrypoint',
  'env',
  'ports',
  'volumes',
  'url',
  'user',
  'ready',
  ...BOX_CREDENTIAL_KEYS,
] as const;

/** A service has keys that a box does not have. */
export type BoxRole = 'box' | 'service';

/** What people write who come from other tools. */
const OTHER_WORDS = new Map([
  ['image', 'id'],
  ['command', 'cmd'],
  ['environment', 'env'],
  ['version', 'tag'],
  ['alias', 'name'],
  ['healthcheck', 'ready'],
]);

/** Fields of the wrong type and unknown keys are left out with a warning, as the original leaves them out silently. */
export function readBoxFields(map: YamlMap, report: Report, role: BoxRole): BoxFields {
  warnOfUnknownKeys(map, report);
  const name = readText(map, 'name', report)?.text;
  const url = readText(map, 'url', report)?.text;
  const user = readText(map, 'user', report)?.text;
  const id = readText(map, 'id', report);
  const tag = readText(map, 'tag', report);
  const cmd = readCommand(map, 'cmd', report);
  const entrypoint = readCommand(map, 'entrypoint', report);
  const ready = readReady(map, report, role);
  return {
    ...(id !== undefined && { id }),
    ...(tag !== undefined && { tag }),
    ...(name && { name }),
    ...(url && { url }),
    ...(user && { user }),
    ...(cmd !== undefined && { cmd }),
    ...(entrypoint !== undefined && { entrypoint }),
    ...(ready !== undefined && { ready }),
    env: readEnv(map, report),
    ports: readPorts(map, report),
    volumes: readVolumes(map, report),
    credentials: readCredentials(map, report) satisfies BoxCredentials,
  };
}

function warnOfUnknownKeys(map: YamlMap, report: Report): void {
  for (const { name, key } of map.entries.values()) {
    if (BOX_KEYS.some((known) => known === name)) continue;
    const near = OTHER_WORDS.get(name.toLowerCase()) ?? suggest(name, BOX_KEYS);
    report.warn({
      code: 'unknown-key',
      message: `${quoteShort(name)} is not a key of a box; it is ignored`,
      at: key,
      hint: near === undefined ? undefined : `did you mean "${near}"?`,
    });
  }
}

function readText(map: YamlMap, key: string, report: Report, hint?: string): Text | undefined {
  const entry = map.entries.get(key);
  const text = entry && expectText(entry, report, 'warn', hint);
  return entry === undefined || text === undefined ? undefined : { text, at: entry.value };
}

function readCommand(map: YamlMap, key: 'cmd' | 'entrypoint', report: Report): string[] | undefined {
  const written = readText(map, key, report, 'write it as one line, as for a shell');
  if (written === undefined) return undefined;
  const words = shellSplit(written.text);
  if (!words.ok) {
    report.error({
      code: 'bad-command',
      message: `"${key}" cannot be split into words: ${words.error}`,
      at: written.at,
    });
    return undefined;
  }
  return words.value.length === 0 ? undefined : words.value;
}
