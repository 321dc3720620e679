import { createHash } from 'node:crypto';
import type { BuildWork } from '../../backend.ts';

/**
 * What a Job's other objects are called: by the original's prefixes, `cm-` and `reg-`. A build that begins again with another content
 * has another context: the one before may be there for a while after its Job, and no pod may begin with it.
 */
export const contextName = (work: BuildWork): string =>
  `cm-${work.jobName.replace(/^build-/, '')}-${workDigest(work).slice(0, 8)}`;
export const secretName = (jobName: string): string => `reg-${jobName.replace(/^build-/, '')}`;

/** What the names of a Job's pods, and of what is said of them, begin with: the API cuts them to 63 characters. */
export const podPrefix = (jobName: string): string => `${jobName}-`.slice(0, 58);

/** Of all that a build is made from, so that a Job is only taken over by the build that made it. */
export const workDigest = ({ context, source, target, destination, labels, noCache }: BuildWork): string =>
  createHash('sha256')
    .update(
      JSON.stringify([context.dockerfile, sorted(context.files), source, target, sorted(labels), noCache]),
    )
    .update(destination.pushHost)
    .digest('hex');

const sorted = (map: Readonly<Record<string, string>>): unknown => Object.entries(map).toSorted();

/** Among the context's files; a requirement file is not called that. */
export const CA_KEY = 'slipway-ca.pem';

/** A Job that is there. */
export interface JobRef {
  readonly name: string;
  readonly uid: string;
}

/** The Job that something belongs to: it goes when the Job goes. */
export const ownedBy = ({ name, uid }: JobRef): readonly object[] => [
  { apiVersion: 'batch/v1', kind: 'Job', name, uid, blockOwnerDeletion: false },
];
