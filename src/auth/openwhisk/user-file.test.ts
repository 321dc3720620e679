import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessFileError } from '../files/access-file-error.ts';
import { openUserFile } from './open-user-file.ts';

const UUID = '11111111-2222-3333-4444-555555555555';
const KEY = 'a-key-of-enough-characters';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-users-'));
  file = join(folder, 'users.yml');
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const fail = (error: unknown) => expect.fail(String(error));
const write = async (text: string, path = file): Promise<void> =>
  await writeFile(path, text, { mode: 0o600 });

describe('a file of users', () => {
  it('has them with their tokens and variables, in YAML or JSON', async () => {
    await write(
      `- login: Alice\n  email: alice@example.com\n  uuid: ${UUID}\n  key: ${KEY}\n` +
        '  env: {REGISTRY_HOST: registry.example.com}\n  userenv: [{key: A, value: b}]\n' +
        '  namespaces: [{name: more, uuid: other, key: another-key-of-alice}]\n',
    );
    const users = await openUserFile(file, { onError: fail });
    const alice = {
      login: 'alice',
      email: 'alice@example.com',
      env: { REGISTRY_HOST: 'registry.example.com' },
      userenv: { A: 'b' },
    };
    expect(await users.find({ uuid: UUID, key: KEY })).toEqual(alice);
    expect(await users.find({ uuid: 'other', key: 'another-key-of-alice' })).toEqual(alice);
    expect(await users.find({ uuid: 'other', key: KEY })).toBeUndefined();
    expect(await users.findByLogin('alice')).toEqual(alice);
    expect(await users.findByLogin('Alice')).toBeUndefined();
    await write(JSON.stringify([{ login: 'bob', uuid: UUID, key: KEY }]));
    expect(await (await openUserFile(file, { onError: fail })).findByLogin('bob')).toEqual({ login: 'bob' });
  });

  it('counts as it is now: who was removed is nobody a second later', async () => {
    let now = 0;
    const errors: unknown[] = [];
    await write(`[{login: alice, uuid: ${UUID}, key: ${KEY}}]`);
    const users = await openUserFile(file, { onError: (error) => errors.push(error), clock: () => now });
    await write('[]', join(folder, 'new'));
    await rename(join(folder, 'new'), file);
    now += 1000;
    await users.find({ uuid: UUID, key: KEY }); // this one has the file looked at
    await expect.poll(() => users.find({ uuid: UUID, key: KEY })).toBeUndefined();
    await write('- nonsense');
    now += 1000;
    await users.findByLogin('alice');
    await expect.poll(() => errors).toHaveLength(1);
    expect(String(errors[0])).toContain('users.yml:1:3');
  });

  it.each([
    ['login: alice', 'expected a list of users'],
    [`- {login: alice}`, 'expected uuid and key, or namespaces with theirs'],
    [`- {login: alice, uuid: ${UUID}}`, 'uuid and key go together'],
    [`- {login: alice, uuid: ${UUID}, key: short}`, 'expected at least 16 characters'],
    [`- {login: alice, uuid: "a:b", key: ${KEY}}`, 'without colons'],
    [`- {login: "a b", uuid: ${UUID}, key: ${KEY}}`, 'expected letters and digits'],
    [`- {login: ../a, uuid: ${UUID}, key: ${KEY}}`, 'expected letters and digits'],
    [`- {login: a, uuid: ${UUID}, key: ${KEY}}\n- {login: A, uuid: x, key: ${KEY}}`, 'this is there twice'],
    [`- {login: a, uuid: ${UUID}, key: ${KEY}}\n- {login: b, uuid: ${UUID}, key: ${KEY}}`, 'twice'],
    [`- {login: a, uuid: ${UUID}, key: ${KEY}, env: [A]}`, 'expected variables'],
    [`- {login: a, uuid: ${UUID}, key: ${KEY}, password: x}`, 'password'],
  ])('is refused where it says %.70s', async (text, reason) => {
    await write(text);
    const error = await openUserFile(file, { onError: fail }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AccessFileError);
    expect(error).toMatchObject({ message: expect.stringContaining(reason) });
    expect(String(error)).not.toContain(KEY);
  });

  it('is refused where others may write it, and where it is not there', async () => {
    await write('[]');
    await chmod(file, 0o666);
    await expect(openUserFile(file, { onError: fail })).rejects.toThrow('others than its owner may write it');
    await expect(openUserFile(join(folder, 'x'), { onError: fail })).rejects.toThrow('no such file');
  });
});
