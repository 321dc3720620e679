import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtifactHost } from '../testing/artifact-host.ts';
import {
  type Connection,
  type OriginalVersion,
  originalHello,
  originalPush,
} from '../testing/original-client.ts';
import { makeArtifact, ostree, pushOf } from '../testing/ostree-artifact.ts';
import { createByteSource } from '../wire/byte-source.ts';
import { encodeMessage } from '../wire/encode-message.ts';
import { expectMessage } from '../wire/message-reader.ts';

const VERSIONS: readonly OriginalVersion[] = ['seed', '1.0', '1.1', 'pre-cas'];
const KEY = 'a'.repeat(64);
const WEAK = 'b'.repeat(64);

const TREE = {
  'files/bin/hello': '#!/bin/sh\necho hello\n',
  'files/share/data': Buffer.alloc(300_000, 'data'),
  'files/share/link': '-> data',
  'files/empty': '',
  'meta/artifact.yaml': 'keys: {}\n',
  'logs/build.log': 'built\n',
};

const first = makeArtifact(TREE);
const second = makeArtifact({ ...TREE, 'files/bin/hello': 'another build\n' });

const NOWHERE = 'http://127.0.0.1:1/artifacts';

describe.each(VERSIONS)('a client of the version %s', (version) => {
  it('says hello with its side open, and hears where to pull', async () => {
    using host = await createArtifactHost();
    const hello = await originalHello(host.receive('--pull-url', NOWHERE), { version });
    expect(hello).toEqual({ exitCode: 0, ...(version !== 'seed' && { pullUrl: NOWHERE }) });
  });

  it('pushes an artifact under its two refs, which everybody sees at once', async () => {
    using host = await createArtifactHost();
    const receiver = host.receive('--verbose');
    const push = pushOf(first, `project/element/${KEY}`, `project/element/${WEAK}`);
    expect(await originalPush(receiver, push, { version })).toEqual({ type: 'pushed' });
    expect([await receiver.exit, await receiver.said]).toEqual([0, '']);
    expect(host.check()).toEqual([`project/element/${KEY}`, `project/element/${WEAK}`]);
    expect(ostree('cat', `--repo=${host.repository}`, `project/element/${KEY}`, '/files/bin/hello')).toBe(
      TREE['files/bin/hello'],
    );
  });

  it.each([
    ['le', 'gnu'],
    ['le', 'pax'],
    ['be', 'gnu'],
    ['be', 'pax'],
    ['be', 'ustar'],
  ] as const)(
    'pushes from a machine of the order %s with a tar of the flavour %s',
    async (order, flavour) => {
      using host = await createArtifactHost();
      const options = { version, order, tar: { flavour } };
      expect(await originalPush(host.receive(), pushOf(first, 'p/e/k'), options)).toEqual({ type: 'pushed' });
      expect(host.check()).toEqual(['p/e/k']);
    },
  );

  it('pushes a new strong key beside a weak one that is there with another commit', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(first, 'p/e/strong1', 'p/e/weak'), { version });
    const push = pushOf(second, 'p/e/strong2', 'p/e/weak');
    expect(await originalPush(host.receive(), push, { version })).toEqual({ type: 'pushed' });
    expect(host.check()).toEqual(['p/e/strong1', 'p/e/strong2', 'p/e/weak']);
    expect(host.commitOf('p/e/weak')).toBe(second.commit);
    expect(host.commitOf('p/e/strong1')).toBe(first.commit);
  });

  it('pushes again what is there', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(first, 'p/e/k'), { version });
    // Only the last one says what it has, and so need not send it.
    const type = version === 'pre-cas' ? 'nothing to update' : 'pushed';
    expect(await originalPush(host.receive(), pushOf(first, 'p/e/k'), { version })).toEqual({ type });
    expect(host.check()).toEqual(['p/e/k']);
  });

  it('is told why it may not push, before it sends anything', async () => {
    using host = await createArtifactHost();
    const push = pushOf(first, 'p/e/k');
    for (const [flags, why] of [
      [['--read-only'], /may not push here/],
      [['--write-prefix', 'other'], /may not write "p\/e\/k", only what is below other\//],
    ] as const) {
      const receiver = host.receive(...flags);
      const outcome = await originalPush(receiver, push, { version });
      expect(outcome).toEqual({ type: 'failed', message: expect.stringMatching(why) });
      expect([await receiver.exit, await receiver.said]).toEqual([1, '']);
    }
    expect(host.check()).toEqual([]);
  });
});

describe('what the receiver says of refs', () => {
  const refsOf = async (receiver: Connection, refs: Readonly<Record<string, string>>) => {
    await receiver.write(encodeMessage({ type: 'info', mode: 1, refs: new Map(Object.entries(refs)) }));
    const answer = await expectMessage(createByteSource(receiver.input), 'info');
    await receiver.write(encodeMessage({ type: 'done' }));
    expect(await receiver.exit).toBe(0);
    return Object.fromEntries(answer.refs);
  };

  it('names those that the client has with the same commit, and no others', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(first, 'p/e/same', 'p/e/other', 'p/e/unasked'), {
      version: '1.0',
    });
    const asked = {
      'p/e/same': first.commit,
      'p/e/other': second.commit,
      'p/e/absent': first.commit,
      '../../config': first.commit,
      '': first.commit,
      'p/e': first.commit,
    };
    expect(await refsOf(host.receive(), asked)).toEqual({ 'p/e/same': first.commit });
  });

  it('names none of which something is missing', async () => {
    using host = await createArtifactHost();
    await originalPush(host.receive(), pushOf(first, 'p/e/k'), { version: '1.0' });
    const lost = first.objects.find(({ name }) => name.endsWith('.filez'))?.name ?? '';
    rmSync(join(host.repository, 'objects', lost.slice(0, 2), lost.slice(2)));
    expect(await refsOf(host.receive(), { 'p/e/k': first.commit })).toEqual({});
    // It is sent again then, and whole again.
    expect(await originalPush(host.receive(), pushOf(first, 'p/e/k'), { version: 'pre-cas' })).toEqual({
      type: 'pushed',
    });
    expect(host.check()).toEqual(['p/e/k']);
  });

  it('fits into a message, however many the client names', async () => {
    using host = await createArtifactHost();
    const refs = Array.from({ length: 300 }, (_, at) => `p/e/${at}`);
    await originalPush(host.receive(), pushOf(first, ...refs), { version: '1.0' });
    const asked = Object.fromEntries(refs.map((ref) => [ref, first.commit]));
    expect(Object.keys(await refsOf(host.receive(), asked))).toHaveLength(300);
    const long = `http://127.0.0.1/${'x'.repeat(60_000)}`;
    expect(await refsOf(host.receive('--pull-url', long), asked)).toEqual({});
  });
});
