const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/**
 * Reads a file for `--environment`: `NAME=value` on each line, lines with `#` first and lines without a name and `=` skipped.
 *
 * Values are trimmed; one pair of equal quotes around a value is removed, and then `\"` means a quote and `\n` a line
 * break. There are no continued lines and no `export`. The last value of a name wins.
 */
export function parseEnvironmentFile(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)) {
    const equals = line.indexOf('=');
    const name = line.slice(0, Math.max(0, equals)).trim();
    if (name === '' || line.startsWith('#')) continue;
    variables.set(name, readValue(line.slice(equals + 1).trim()));
  }
  return variables;
}

function readValue(written: string): string {
  const quote = written[0];
  const isQuoted = written.length >= 2 && (quote === '"' || quote === "'") && written.endsWith(quote);
  return isQuoted ? written.slice(1, -1).replaceAll('\\"', '"').replaceAll('\\n', '\n') : written;
}

/** The host's variables with a file's added; the host's own win unless they are empty. */
export function mergeEnvironmentFile(
  host: ReadonlyMap<string, string>,
  file: ReadonlyMap<string, string>,
): Map<string, string> {
  const merged = new Map(host);
  for (const [name, value] of file) {
    if (!merged.get(name)) merged.set(name, value);
  }
  return merged;
}

/** Adds `X_<name>` for each proxy variable of the host, unless it is there, so that the box gets it too. */
export function passProxies(host: ReadonlyMap<string, string>): Map<string, string> {
  const passed = new Map(host);
  for (const name of PROXY_VARIABLES) {
    const value = host.get(name);
    if (value !== undefined && !host.has(`X_${name}`)) passed.set(`X_${name}`, value);
  }
  return passed;
}
