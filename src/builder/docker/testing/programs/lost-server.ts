// Builds one image as a server of its own that a test can kill. Options and work are its argument, as JSON; what the build
// prints goes to standard output.
import { openEngine } from '../../../../engine/index.ts';
import type { BuildWork } from '../../../backend.ts';
import { type DockerBackendOptions, openDockerBackend } from '../../index.ts';

const { options, work } = JSON.parse(process.argv[2] ?? '') as {
  readonly options: Omit<DockerBackendOptions, 'engine'>;
  readonly work: BuildWork;
}; // a test wrote it
await using engine = await openEngine({ environment: process.env });
await using backend = openDockerBackend({ ...options, engine });
const tell = (text: string): void => void process.stdout.write(text);
const progress = {
  write: async (text: string) => tell(text),
  phase: (name: string) => tell(`PHASE ${name}\n`),
};
await backend.build(work, progress, new AbortController().signal);
