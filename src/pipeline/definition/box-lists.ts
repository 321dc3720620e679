import type { PortSpec, VolumeSpec } from '../definition.ts';
import type { Report } from '../report.ts';
import { describeNode, isNull, quoteShort, type YamlEntry, type YamlMap } from '../yaml/node.ts';
import { expectList, expectMap, expectText, textOf } from './expect.ts';
import { parsePort } from './port.ts';

export function readEnv(map: YamlMap, report: Report): Map<string, string> {
  const env = new Map<string, string>();
  const entry = presentEntry(map, 'env');
  const hint = 'write "NAME: value" without a dash';
  const variables =
    entry && expectMap(entry, report, { wanted: 'a map of names to values', severity: 'warn', hint });
  for (const variable of variables?.entries.values() ?? []) {
    const value = isNull(variable.value) ? '' : expectText(variable, report, 'warn');
    if (value === undefined) continue;
    if (variable.name === '' || variable.name.includes('=')) warnOfName(variable, report);
    else env.set(variable.name.toUpperCase(), value);
  }
  return env;
}

function warnOfName(variable: YamlEntry, report: Report): void {
  report.warn({
    code: 'bad-name',
    message: `${quoteShort(variable.name)} cannot be the name of a variable; it is ignored`,
    at: variable.key,
  });
}

export function readPorts(map: YamlMap, report: Report): PortSpec[] {
  const entry = presentEntry(map, 'ports');
  const hint = 'write [8080] or put "- " before each port';
  const list = entry && expectList(entry, report, { wanted: 'a list of ports', severity: 'warn', hint });
  return (list?.items ?? []).flatMap((item) => {
    const port = parsePort(textOf(item) ?? '');
    if (port !== undefined) return port;
    const found = describeNode(item);
    const message = `a port is written [ip:][host:]container[/tcp|udp], found ${found}; it is ignored`;
    report.warn({ code: 'bad-port', message, at: item });
    return [];
  });
}

export function readVolumes(map: YamlMap, report: Report): VolumeSpec[] {
  const entry = presentEntry(map, 'volumes');
  if (entry === undefined) return [];
  const entries = (expectText(entry, report, 'warn', 'write them as one text: "/data /cache:/cache"') ?? '')
    .split(/[\s,]+/)
    .filter((volume) => volume !== '');
  return entries.map((volume) => {
    const [host = '', guest] = volume.split(':');
    return { host, guest: guest || host };
  });
}

/** A key with a value; `env:` alone means the same as no `env`. */
function presentEntry(map: YamlMap, key: string): YamlEntry | undefined {
  const entry = map.entries.get(key);
  return entry === undefined || isNull(entry.value) ? undefined : entry;
}
