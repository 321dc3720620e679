import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { openRegistry } from '../../../test/support/registry.ts';
import { BUSYBOX } from '../../../test/support/rig.ts';
import { openEngine } from '../../engine/index.ts';
import { engineExecutor } from './testing/engine-executor.ts';
import { listen, openBackendRig, workOf } from './testing/rig.ts';

const never = new AbortController().signal;

it('builds and pushes an image with what the context says in it', async () => {
  await using engine = await openEngine({ environment: process.env });
  await using registry = await openRegistry();
  await using rig = await openBackendRig({ executor: engineExecutor(engine) });
  const id = randomUUID();
  const told = listen();
  const dockerfile = `FROM ${BUSYBOX}\nCOPY words /tmp/words\nRUN cat /tmp/words && echo ${id} > /made\n`;
  const outcome = await rig.backend.build(
    workOf({
      id,
      jobName: `build-alice-${id}`,
      source: BUSYBOX,
      context: { dockerfile, files: { words: 'some words\n' } },
      destination: { pushHost: registry.host, pullHost: registry.host, isPlainHttp: true },
      labels: { 'a.label': 'with = and "quotes"' },
    }),
    told,
    never,
  );
  const image = await registry.image('alice', 'extended');
  expect(outcome.digest).toBe(image?.digest);
  expect(image?.config['Labels']).toMatchObject({ 'a.label': 'with = and "quotes"' });
  expect(told.text()).toContain('some words');
  expect(told.phases).toEqual(['prepare', 'build', 'push']);
});
