import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { systemWords } from '../../kernel/index.ts';
import { type ActiveFeature, type Feature, TaskFailure } from '../task/feature.ts';
import type { TaskContext } from '../task/task-context.ts';
import { ownArtifacts } from './own-artifacts.ts';
import { wasAborted } from './run-ended.ts';
import { afterRun, storeLog } from './store-log.ts';
import { uploadBytes } from './upload-bytes.ts';

const CERTIFIED_LOG = 'public/logs/certified.log';
const STATEMENT = 'public/chain-of-trust.json';

/** A signed statement of what ran where and what it produced. */
export const chainOfTrust: Feature = {
  name: 'chainOfTrust',
  default: false,
  start: () => new ChainOfTrust(),
};

class ChainOfTrust implements ActiveFeature {
  readonly name = 'chainOfTrust';
  #key: KeyObject | undefined;

  async created(task: TaskContext): Promise<undefined> {
    this.#key = await readKey(task.settings.ed25519KeyFile);
  }

  async killed(task: TaskContext): Promise<void> {
    if (this.#key === undefined || wasAborted(task)) return;
    const logHash = await storeLog(task, CERTIFIED_LOG, 'text/plain');
    const own = ownArtifacts(task);
    const artifacts = new Map([...task.findings.artifactHashes].filter(([name]) => !own.has(name)));
    artifacts.set(CERTIFIED_LOG, logHash);
    const text = Buffer.from(JSON.stringify(statement(task, artifacts), undefined, 2));
    const signal = afterRun(task);
    await uploadBytes(task, { name: STATEMENT, contentType: 'text/plain', bytes: text }, signal);
    const signature = sign(null, text, this.#key);
    const named = { name: `${STATEMENT}.sig`, contentType: 'application/octet-stream', bytes: signature };
    await uploadBytes(task, named, signal);
  }
}

function statement(task: TaskContext, artifacts: ReadonlyMap<string, string>): object {
  const { claim, identity, findings } = task;
  const { instanceId, instanceType, region } = identity;
  return {
    chainOfTrustVersion: 1,
    artifacts: Object.fromEntries([...artifacts].map(([name, sha256]) => [name, { sha256 }])),
    task: claim.task,
    taskId: task.taskId,
    runId: task.runId,
    workerGroup: identity.workerGroup,
    workerId: identity.workerId,
    environment: {
      publicIpAddress: identity.publicIp,
      privateIpAddress: identity.privateIp,
      imageHash: findings.image?.id,
      ...(findings.image?.artifactSha256 && { imageArtifactHash: `sha256:${findings.image.artifactSha256}` }),
      ...(instanceId !== undefined && { instanceId }),
      ...(instanceType !== undefined && { instanceType }),
      ...(region !== undefined && { region }),
    },
  };
}

const SEED_BYTES = 32;
/** Seed and public key, as tools of NaCl write them. */
const SECRET_KEY_BYTES = 64;
// What stands before the seed where a private key is written in PKCS 8.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

async function readKey(file: string | undefined): Promise<KeyObject> {
  if (file === undefined)
    throw new TaskFailure('chainOfTrust: this worker has no signing key, so it cannot vouch for a task');
  let text: string;
  try {
    text = await readFile(file, 'ascii');
  } catch (error) {
    const why = systemWords(error) ?? 'unknown trouble';
    throw new TaskFailure(`chainOfTrust: the signing key of this worker cannot be read: ${why}`, {
      exception: 'internal-error',
      cause: error,
    });
  }
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== SEED_BYTES && bytes.length !== SECRET_KEY_BYTES) {
    throw new TaskFailure(
      `chainOfTrust: the signing key of this worker has ${bytes.length} bytes; an ed25519 key has ${SEED_BYTES} or ${SECRET_KEY_BYTES}`,
      { exception: 'internal-error' },
    );
  }
  const der = Buffer.concat([PKCS8_PREFIX, bytes.subarray(0, SEED_BYTES)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}
