import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a file may be packed on its way; its name on the disk ends so. */
const PACKED = { br: '.br', gzip: '.gz', identity: '' } as const;

export type Packing = keyof typeof PACKED;

/** A file of the page. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly packing: Packing;
}

/** What the page's build left. */
export interface BuiltPage {
  /** The one document of all of its addresses; read again each time, as it names the other files. */
  document(): Promise<Buffer>;
  /** A file that the document leads to, packed as one of `accepted` says, the best first. Absent: there is none of that name. */
  asset(name: string, accepted: readonly Packing[]): Promise<PageFile | undefined>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

// What the build makes of a name: its text, a hash of its content, its kind. No other file is ever looked for.
const ASSET = /^[\w.-]{1,100}-[\w-]{8}\.(?:js|css|svg|woff2)$/;

/** Where the build puts the page: beside the built program, and in a checkout below its `dist/`. */
export const builtPageFolder = (): string =>
  fileURLToPath(new URL(extname(import.meta.url) === '.ts' ? '../../../dist/ui' : './ui', import.meta.url));

/** Opens what was built; `undefined` where it was not. Files stay in memory once they were asked for: they are small and few. */
export function openBuiltPage(folder = builtPageFolder()): BuiltPage | undefined {
  const document = join(folder, 'index.html');
  if (!existsSync(document)) return undefined;
  const kept = new Map<string, PageFile>();
  return {
    document: () => readFile(document),
    async asset(name, accepted) {
      if (!ASSET.test(name)) return undefined;
      for (const packing of [...accepted, 'identity' as const]) {
        const path = join(folder, 'assets', `${name}${PACKED[packing]}`);
        const bytes = kept.get(path)?.bytes ?? (await readIfThere(path));
        if (bytes === undefined) continue;
        const file = { bytes, packing, type: TYPES[extname(name)] ?? 'application/octet-stream' };
        kept.set(path, file);
        return file;
      }
      return undefined;
    },
  };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // what Node throws for files has a code
    throw error;
  }
}
