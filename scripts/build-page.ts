// Builds the web page of ui/.
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { packagesIn } from './bundle.ts';

/** Builds the page into `folder`; gives the names of the packages that are in it. */
export async function buildPage(folder: string): Promise<readonly string[]> {
  const built = await build({
    configFile: join(import.meta.dirname, '../ui/vite.config.ts'),
    build: { outDir: folder, emptyOutDir: true },
    logLevel: 'warn',
  });
  // A list where there are several configurations; a watcher where it was asked to watch.
  const outputs = (Array.isArray(built) ? built : [built]) as readonly Rolldown.RolldownOutput[];
  return outputs.flatMap(({ output }) => packagesIn(output));
}
