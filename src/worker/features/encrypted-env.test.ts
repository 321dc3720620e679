import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMessage, encrypt, generateKey, readKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { encryptedEnv } from './encrypted-env.ts';
import { createFeatureRig, type FeatureRig } from './testing/feature-rig.ts';

let keys: { privateKey: string; publicKey: string };
beforeAll(async () => {
  keys = await generateKey({ userIDs: [{ name: 'worker' }], format: 'armored' });
});

async function sealed(content: unknown): Promise<string> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const message = await createMessage({ text });
  const encryptionKeys = await readKey({ armoredKey: keys.publicKey });
  const bytes = await encrypt({ message, encryptionKeys, format: 'binary' });
  return Buffer.from(bytes).toString('base64');
}

const contentFor = ({ task }: FeatureRig, changes: object = {}): object => ({
  messageVersion: '1',
  taskId: task.taskId,
  startTime: task.now() - 60_000,
  endTime: task.now() + 60_000,
  name: 'PASSWORD',
  value: 'hunter2hunter2',
  ...changes,
});

async function decrypt(rig: FeatureRig, messages: readonly string[], env: Record<string, string> = {}) {
  const file = join(rig.task.folder, 'key.asc');
  writeFileSync(file, keys.privateKey);
  const { claim } = rig.task;
  const task = {
    ...rig.task,
    claim: { ...claim, task: { ...claim.task, payload: { encryptedEnv: messages, env } } },
    settings: { ...rig.task.settings, encryptedEnvKeyFile: file },
  };
  return (await encryptedEnv(task)?.created?.(task))?.environment;
}

describe('encrypted variables', () => {
  it('are given to the task, and to no log', async () => {
    await using rig = await createFeatureRig();
    const other = contentFor(rig, { name: 'OTHER', value: 'x y z' });
    const found = await decrypt(rig, [await sealed(contentFor(rig)), await sealed(other)]);
    expect(found).toEqual({ PASSWORD: 'hunter2hunter2', OTHER: 'x y z' });
    await rig.task.log.write(Buffer.from('it is hunter2hunter2\r\n'));
    await rig.task.log.end();
    let text = '';
    for await (const bytes of rig.task.log.read({ follow: false })) text += Buffer.from(bytes).toString();
    expect(text).toBe('it is ***\r\n');
  });

  it.each([
    ['for another task', { taskId: 'other' }, 'for another task'],
    ['of another version', { messageVersion: '2' }, 'messageVersion'],
    ['that is too old', { endTime: 1 }, 'not valid any more'],
    ['that is too new', { startTime: Date.now() + 1e9 }, 'not valid yet'],
    ['without times', { startTime: 'now' }, 'startTime'],
    ['that names the task', { name: 'TASK_ID' }, 'given by the worker'],
    ['that names the run', { name: 'RUN_ID' }, 'given by the worker'],
    ['for no variable', { name: 'A=B' }, 'the name of a variable'],
    ['without a value', { value: 1 }, 'a text as the value'],
    ['for a variable that is there', { name: 'PLAIN' }, 'there already'],
  ])('are refused in a message %s', async (_what, changes, text) => {
    await using rig = await createFeatureRig();
    const refused = decrypt(rig, [await sealed(contentFor(rig, changes))], { PLAIN: '1' });
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.not.toThrow('hunter2');
  });

  it('are refused twice under one name', async () => {
    await using rig = await createFeatureRig();
    const message = await sealed(contentFor(rig));
    await expect(decrypt(rig, [message, message])).rejects.toThrow(
      'encryptedEnv[1]: the variable PASSWORD is there',
    );
  });

  it.each(['', 'not base64 at all!', 'aGVsbG8='])(
    'are refused in what is no message: %j',
    async (message) => {
      await using rig = await createFeatureRig();
      await expect(decrypt(rig, [message])).rejects.toThrow('expected base64 of an OpenPGP message');
    },
  );

  it.each(['[]', 'null', '{', '"text"'])('are refused in what holds no object: %j', async (content) => {
    await using rig = await createFeatureRig();
    await expect(decrypt(rig, [await sealed(content)])).rejects.toThrow('expected a JSON object');
  });

  it('need a key on the worker', async () => {
    await using rig = await createFeatureRig({ task: { payload: { encryptedEnv: ['x'] } } });
    await expect(encryptedEnv(rig.task)?.created?.(rig.task)).rejects.toThrow('no key to read it with');
    await using none = await createFeatureRig();
    expect(encryptedEnv(none.task)).toBeUndefined();
  });
});
