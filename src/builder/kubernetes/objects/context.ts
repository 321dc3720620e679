import type { BuildWork } from '../../backend.ts';
import { BuildError } from '../../error.ts';
import { buildLabels } from '../labels.ts';
import type { ResolvedSettings } from '../settings.ts';
import { CA_KEY, contextName, type JobRef, ownedBy } from './names.ts';

/** What the API server takes in one ConfigMap. */
const DATA_LIMIT_BYTES = 1024 * 1024;

/** Throws where a build is made from more than a ConfigMap takes; said before anything is made. */
export function checkContext(work: BuildWork, settings: ResolvedSettings): void {
  const sizeBytes = Object.entries(contextData(work, settings)).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text),
    0,
  );
  if (sizeBytes <= DATA_LIMIT_BYTES) return;
  const message = `the requirement file is too large: with the rest of the build it is ${sizeBytes} bytes, and a cluster takes ${DATA_LIMIT_BYTES}`;
  throw new BuildError('backend-failed', message);
}

/** The ConfigMap with what a build is made from. */
export const contextOf = (work: BuildWork, settings: ResolvedSettings, job: JobRef): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: contextName(work),
    namespace: settings.namespace,
    labels: buildLabels(work, settings),
    ownerReferences: ownedBy(job),
  },
  data: contextData(work, settings),
});

const contextData = ({ context }: BuildWork, { ca }: ResolvedSettings): Readonly<Record<string, string>> => ({
  ...context.files,
  Dockerfile: context.dockerfile,
  ...(ca === undefined ? {} : { [CA_KEY]: ca }),
});
