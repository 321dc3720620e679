import { describe, expect, it } from 'vitest';
import type { ClusterEvent, Pod } from './schema.ts';
import { judge, type Seen } from './verdict.ts';

const metadata = { name: 'build-alice-1-abcde', uid: 'pod-1', resourceVersion: '1' };
const container = (state: object): object => ({ containerStatuses: [{ name: 'buildkit', state }] });
const pod = (status: object, more: object = {}): Pod => ({ metadata: { ...metadata, ...more }, status });
const seen = (changes: Partial<Seen>): Seen => ({
  job: undefined,
  isJobGone: false,
  pods: [],
  gonePods: [],
  events: [],
  ...changes,
});
const failedJob = (reason: string): Seen['job'] => ({
  metadata,
  status: { conditions: [{ type: 'Failed', status: 'True', reason, message: 'as the cluster says it' }] },
});
const event = (reason: string, kind: string, message: string): ClusterEvent => ({
  metadata,
  type: 'Warning',
  reason,
  message,
  involvedObject: { kind, name: metadata.name, uid: 'pod-1' },
});
const DIGEST = `sha256:${'0'.repeat(64)}`;
const done = container({
  terminated: { exitCode: 0, reason: 'Completed', message: `"containerimage.digest":"${DIGEST}"` },
});

describe('a build in a cluster', () => {
  it.each<[string, Partial<Seen>, string | undefined]>([
    ['its Job has no pod yet', {}, undefined],
    [
      'no node has room',
      {
        pods: [
          pod({
            conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }],
          }),
        ],
      },
      'no node takes the pod: 0/3 nodes are available',
    ],
    [
      'its image cannot be pulled now',
      {
        pods: [
          pod(container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } })),
        ],
      },
      'ImagePullBackOff: Back-off pulling image "x"',
    ],
    [
      'a volume is not there',
      {
        pods: [pod(container({ waiting: { reason: 'ContainerCreating' } }))],
        events: [event('FailedMount', 'Pod', 'not found')],
      },
      'not found',
    ],
    [
      'a quota is used up',
      { events: [event('FailedCreate', 'Job', 'is forbidden: exceeded quota: builds')] },
      'is forbidden: exceeded quota: builds',
    ],
    [
      'its pod is removed, and the Job has not said why',
      {
        pods: [
          pod(container({ terminated: { exitCode: 137 } }), { deletionTimestamp: '2026-11-21T22:00:00Z' }),
        ],
      },
      "the cluster removes the build's pod",
    ],
  ])('waits where %s', (_, changes, why) => {
    const verdict = judge(seen(changes));
    expect(verdict).toMatchObject({ state: 'waiting' });
    expect('why' in verdict ? verdict.why : undefined).toBe(why);
  });

  it.each<[string, Partial<Seen>, string, string]>([
    [
      'its image has a name that is none',
      { pods: [pod(container({ waiting: { reason: 'InvalidImageName', message: 'no reference' } }))] },
      'backend-failed',
      'InvalidImageName: no reference',
    ],
    [
      'its pod is evicted',
      {
        pods: [
          pod({
            phase: 'Failed',
            reason: 'Evicted',
            message: 'The node was low on resource: ephemeral-storage',
          }),
        ],
      },
      'backend-failed',
      'low on resource',
    ],
    ['its time is over', { job: failedJob('DeadlineExceeded') }, 'time-limit', 'longer than it may'],
    [
      'its time is over and its pod was ended for that',
      { job: failedJob('DeadlineExceeded'), pods: [pod(container({ terminated: { exitCode: 143 } }))] },
      'time-limit',
      'longer than it may',
    ],
    [
      'its Job failed without a pod',
      { job: failedJob('BackoffLimitExceeded') },
      'backend-failed',
      'as the cluster says it',
    ],
    ['its Job was removed', { isJobGone: true }, 'backend-failed', 'somebody removed'],
    [
      'its builder says nothing',
      { pods: [pod(container({ terminated: { exitCode: 0, message: 'digest: none' } }))] },
      'backend-failed',
      'did not say what it made',
    ],
  ])('has failed where %s', (_, changes, reason, words) => {
    const verdict = judge(seen(changes));
    expect(verdict).toMatchObject({ state: 'failed', error: { reason } });
    expect('error' in verdict ? verdict.error.message : '').toContain(words);
  });

  it('has succeeded where its builder says the digest, whatever became of pod and Job', () => {
    expect(judge(seen({ pods: [pod(done)] }))).toMatchObject({ state: 'succeeded', digest: DIGEST });
    expect(judge(seen({ isJobGone: true, gonePods: [pod(done)] }))).toMatchObject({ digest: DIGEST });
  });

  it('has succeeded where its time was over in the same moment', () => {
    const job = failedJob('DeadlineExceeded');
    expect(judge(seen({ job, pods: [pod(done)] }))).toMatchObject({ state: 'succeeded', digest: DIGEST });
  });

  it('waits for how its pod ended where the removal of its Job is heard first', () => {
    const running = pod(container({ running: {} }));
    const leaving = seen({ isJobGone: true, pods: [running] });
    expect(judge(leaving)).toMatchObject({ state: 'waiting', isLeaving: true });
    expect(judge({ ...leaving, pods: [pod(done)] })).toMatchObject({ state: 'succeeded' });
    expect(judge({ ...leaving, pods: [], gonePods: [running] })).toMatchObject({ state: 'failed' });
  });

  it('is what its newest pod is, where the cluster began it once more', () => {
    const pods = [
      pod(container({ running: {} }), { uid: 'pod-2', creationTimestamp: '2026-11-21T22:01:00Z' }),
      pod(container({ waiting: { reason: 'ContainerCreating' } }), {
        creationTimestamp: '2026-11-21T22:00:00Z',
      }),
    ];
    expect(judge(seen({ pods }))).toMatchObject({ state: 'running', pod: { metadata: { uid: 'pod-2' } } });
  });
});
