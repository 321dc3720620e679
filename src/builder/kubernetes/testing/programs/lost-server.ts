// Builds one image as a server of its own that a test can kill. Settings and work are its argument, as JSON; what the build
// prints goes to standard output, with a line `PHASE push` for each phase.
import type { BuildWork } from '../../../backend.ts';
import { openKubernetesBackend } from '../../open-backend.ts';
import type { KubernetesSettings } from '../../settings.ts';

const { settings, work } = JSON.parse(process.argv[2] ?? '') as {
  readonly settings: KubernetesSettings;
  readonly work: BuildWork;
}; // a test wrote it
await using backend = await openKubernetesBackend(settings);
const tell = (text: string): void => void process.stdout.write(text);
const progress = {
  write: async (text: string) => tell(text),
  phase: (name: string) => tell(`PHASE ${name}\n`),
};
await backend.build(work, progress, new AbortController().signal);
