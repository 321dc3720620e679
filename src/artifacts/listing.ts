const OMITTED = new Set(['.git', 'node_modules', 'vendor', 'site-packages']);

/**
 * The lines that show what was collected: `./path` each, sorted, the contents of folders that nobody wants to read
 * replaced by one line.
 */
export function listing(files: readonly string[]): string[] {
  const lines = new Set<string>();
  for (const file of files) {
    const parts = file.split('/');
    const at = parts.slice(0, -1).findIndex((part) => OMITTED.has(part));
    lines.add(at < 0 ? `./${file}` : `./${parts.slice(0, at + 1).join('/')}/ (content omitted)`);
  }
  return [...lines].sort();
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** Whole units, rounded down: `12 KiB`. */
export function formatSize(sizeBytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, sizeBytes)) / 10));
  return `${Math.floor(sizeBytes / 1024 ** power)} ${UNITS[power]}`;
}
