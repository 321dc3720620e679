import type { Feature, TaskOutcome } from '../../task/feature.ts';
import type { TaskContext } from '../../task/task-context.ts';
import { isCanceled } from '../run-ended.ts';
import { afterRun } from '../store-log.ts';
import { uploadJson } from '../upload-bytes.ts';
import { artifactUrl } from './artifact-url.ts';

export const RESULT_JSON = 'result.json';

// The document is held in memory, by the worker and by who reads it. The stored log has the whole.
const MAX_TEXT_BYTES = 8 * 1024 * 1024;
const CUT = '\n[the log goes on: this is its beginning]\n';

/** `bufferLog` of the first form: how the run went, with its output as text. */
export const resultJson: Feature = {
  name: 'bufferLog',
  default: false,
  start: () => ({
    name: 'bufferLog',
    async killed(task, outcome) {
      if (isCanceled(task)) return;
      await uploadJson(task, { name: RESULT_JSON, content: await result(task, outcome) }, afterRun(task));
    },
  }),
};

async function result(task: TaskContext, { exitCode }: TaskOutcome): Promise<object> {
  const { findings, identity, startedAt, now } = task;
  const { containerStartedAt = startedAt, containerEndedAt = now() } = findings;
  const uploaded = [...findings.artifactHashes.keys()].filter((name) => isOfPayload(task, name));
  return {
    version: '0.2.0',
    artifacts: Object.fromEntries(uploaded.map((name) => [name, artifactUrl(task, name)])),
    statistics: { started: new Date(startedAt).toISOString(), finished: new Date(now()).toISOString() },
    metadata: { workerGroup: identity.workerGroup, workerId: identity.workerId },
    result: {
      exitCode,
      startTimestamp: new Date(containerStartedAt).toISOString(),
      stopTimestamp: new Date(containerEndedAt).toISOString(),
      logText: await logText(task),
      ...(findings.missingArtifacts.size > 0 && {
        missingArtifacts: Object.fromEntries(findings.missingArtifacts),
      }),
    },
  };
}

/** Declared by the payload, or an entry of a directory that is. */
const isOfPayload = ({ findings }: TaskContext, name: string): boolean =>
  Object.keys(findings.payload?.artifacts ?? {}).some(
    (declared) => name === declared || name.startsWith(`${declared.replace(/\/+$/, '')}/`),
  );

async function logText(task: TaskContext): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const bytes of task.log.read({ follow: false })) {
    pieces.push(bytes.subarray(0, MAX_TEXT_BYTES - sizeBytes));
    sizeBytes += bytes.length;
    if (sizeBytes >= MAX_TEXT_BYTES) break;
  }
  const text = Buffer.concat(pieces).toString();
  return task.log.sizeBytes > MAX_TEXT_BYTES ? text + CUT : text;
}
