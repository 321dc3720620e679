import { suggest } from '../../kernel/index.ts';
import type { ReadySpec } from '../definition.ts';
import type { Report } from '../report.ts';
import {
  describeNode,
  isNull,
  quoteShort,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from '../yaml/node.ts';
import { READY_KEYS, READY_PROBE_KEYS } from './keys.ts';
import { readCommand, readHttp, readLog, readTcp } from './ready-probes.ts';

type Probe = ReadySpec['probe'];

const FORMS =
  'write a port, a list of ports, false, or a map with "tcp", "http", "command" or "log" and maybe "timeout"';

/**
 * What a service's `ready` says. The key is our own, so that a mistake in it is an error: ignoring it would let a step
 * race the service, or wait for what never comes.
 */
export function readReady(map: YamlMap, report: Report, role: 'box' | 'service'): ReadySpec | undefined {
  const entry = map.entries.get('ready');
  if (entry === undefined) return undefined;
  if (role === 'box') {
    const message = '"ready" is a key of services; a box is not waited for, and it is ignored';
    report.warn({ code: 'unknown-key', message, at: entry.key });
    return undefined;
  }
  return readValue(entry, report);
}

function readValue(entry: YamlEntry, report: Report): ReadySpec | undefined {
  const { value } = entry;
  if (value.kind === 'map') return readMap(value, report);
  if (value.kind === 'scalar' && value.type.is === 'boolean')
    return { probe: { kind: value.type.value ? 'image' : 'none' } };
  const isNumber = value.kind === 'scalar' && (value.type.is === 'int' || /^\d+$/.test(value.text));
  if (value.kind === 'list' || isNumber) {
    const probe = readTcp(entry, report);
    return probe && { probe };
  }
  wrongForm(entry, report);
  return undefined;
}

function wrongForm({ key, value }: YamlEntry, report: Report): void {
  const at = isNull(value) ? key : value;
  const found = describeNode(value);
  report.error({ code: 'wrong-type', message: `"ready" cannot be ${found}`, at, hint: FORMS });
}

function readMap(map: YamlMap, report: Report): ReadySpec | undefined {
  reportUnknownKeys(map, report);
  const timeoutSeconds = readTimeout(map.entries.get('timeout'), report);
  const probe = readProbe(map, report);
  return probe && { probe, ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
}

function reportUnknownKeys(map: YamlMap, report: Report): void {
  for (const { name, key } of map.entries.values()) {
    if (READY_KEYS.some((known) => known === name)) continue;
    const near = suggest(name, READY_KEYS);
    const hint = near === undefined ? `"ready" has ${READY_KEYS.join(', ')}` : `did you mean "${near}"?`;
    report.error({
      code: 'unknown-key',
      message: `${quoteShort(name)} is not a key of "ready"`,
      at: key,
      hint,
    });
  }
}

function readProbe(map: YamlMap, report: Report): Probe | undefined {
  const written = READY_PROBE_KEYS.flatMap((key) => map.entries.get(key) ?? []);
  const [entry, second] = written;
  if (second !== undefined && entry !== undefined) {
    const message = `"ready" has both "${entry.name}" and "${second.name}"; one of them says when a service is ready`;
    report.error({ code: 'wrong-type', message, at: second.key });
  }
  const isHttp = entry?.name === 'http';
  for (const key of ['port', 'status']) {
    const stray = isHttp ? undefined : map.entries.get(key);
    if (stray !== undefined) strayKey(stray, report);
  }
  if (entry === undefined) return map.entries.size === 0 ? emptyMap(map, report) : { kind: 'image' };
  return READERS[entry.name as (typeof READY_PROBE_KEYS)[number]](entry, report, map); // the key is one of them
}

function strayKey({ name, key }: YamlEntry, report: Report): void {
  const message = `"${name}" belongs to "http"`;
  const hint = name === 'port' ? 'write "tcp: PORT" to wait for a port' : 'add "http: /PATH"';
  report.error({ code: 'wrong-type', message, at: key, hint });
}

function emptyMap(map: YamlNode, report: Report): undefined {
  report.error({ code: 'wrong-type', message: '"ready" is an empty map', at: map, hint: FORMS });
  return undefined;
}

const READERS = { tcp: readTcp, http: readHttp, command: readCommand, log: readLog } satisfies Record<
  (typeof READY_PROBE_KEYS)[number],
  (entry: YamlEntry, report: Report, map: YamlMap) => Probe | undefined
>;

const MAX_TIMEOUT_SECONDS = 3600; // as long as a step may take

function readTimeout(entry: YamlEntry | undefined, report: Report): number | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  const isNumber = value.kind === 'scalar' && (value.type.is === 'int' || value.type.is === 'float');
  const seconds = isNumber ? Number(value.text) : Number.NaN;
  if (seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  report.error({
    code: 'wrong-type',
    message: `"timeout" must be a number of seconds above 0 and at most ${MAX_TIMEOUT_SECONDS}, found ${describeNode(value)}`,
    at: isNull(value) ? entry.key : value,
  });
  return undefined;
}
