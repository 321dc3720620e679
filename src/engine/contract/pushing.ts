import { describe, expect, it, onTestFinished } from 'vitest';
import type { PullProgress } from '../engine.ts';
import { expectFailure } from './failure.ts';
import { type ContractOptions, REGISTRY_USER, type Rig, useRig } from './rig.ts';

export function describePushing(options: ContractOptions): void {
  describe('pushing', () => {
    const rig = useRig(options);

    it('brings an image to a registry, from where it can be pulled', async () => {
      const reference = await namedFor(rig, await options.openRegistry());
      const id = (await rig.engine.inspectImage(reference))?.id;
      const told: PullProgress[] = [];
      const { digest } = await rig.engine.pushImage(reference, {
        credentials: REGISTRY_USER,
        onProgress: (progress) => told.push(progress),
      });
      expect(digest ?? 'sha256:').toMatch(/^sha256:/);
      if (!rig.differs('no progress of pushes'))
        expect(told.some(({ layer, status }) => layer !== undefined && status !== '')).toBe(true);
      await rig.engine.removeImage(reference);
      await rig.engine.pullImage(reference, { credentials: REGISTRY_USER });
      expect(await rig.engine.inspectImage(reference)).toMatchObject({ id });
    });

    it('leaves a digest, which the registry tells without a pull and the image then knows', async () => {
      const reference = await namedFor(rig, await options.openRegistry());
      const asked = { credentials: REGISTRY_USER };
      await rig.engine.pushImage(reference, asked);
      const digest = await rig.engine.findDigest(reference, asked);
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect((await rig.engine.inspectImage(reference))?.digests).toContain(
        `${reference.replace(/:[^:]*$/, '')}@${digest}`,
      );
      await expectFailure(rig.engine.findDigest(reference, {}), 'UNAUTHORIZED');
      await expectFailure(rig.engine.findDigest(`${reference}-absent`, asked), 'IMAGE_NOT_FOUND');
      await expectFailure(rig.engine.findDigest('localhost:1/nobody/home:1'), 'REGISTRY');
    });

    it('may be repeated', async () => {
      const reference = await namedFor(rig, await options.openRegistry());
      const first = await rig.engine.pushImage(reference, { credentials: REGISTRY_USER });
      expect(await rig.engine.pushImage(reference, { credentials: REGISTRY_USER })).toEqual(first);
    });

    it.each([
      ['nobody asks', {}],
      ['the password is wrong', { credentials: { ...REGISTRY_USER, password: 's3cret/word' } }],
    ])('is UNAUTHORIZED where %s', async (_where, pushOptions) => {
      const reference = await namedFor(rig, await options.openRegistry());
      const error = await expectFailure(rig.engine.pushImage(reference, pushOptions), 'UNAUTHORIZED');
      expect(error.message).toContain(reference);
      expect(error.message).not.toContain('s3cret/word');
    });

    it('says that there is no such local image', async () => {
      const pushing = rig.engine.pushImage('localhost:1/slipway-nothing:1', {});
      await expectFailure(pushing, 'IMAGE_NOT_FOUND');
    });

    it('says that the registry cannot be reached', async () => {
      const reference = await namedFor(rig, 'localhost:1');
      await expectFailure(rig.engine.pushImage(reference, {}), 'REGISTRY');
    });

    it('goes by name and tag', async () => {
      const digest = `sha256:${'0'.repeat(64)}`;
      await expectFailure(rig.engine.pushImage(`localhost:1/a@${digest}`, {}), 'INVALID');
    });

    it('is not begun when its signal is aborted', async () => {
      const signal = AbortSignal.abort();
      await expectFailure(rig.engine.pushImage('localhost:1/a:1', { signal }), 'ABORTED');
    });
  });
}

/** A small image of the test's own, with a name of the registry. */
async function namedFor(rig: Rig, host: string): Promise<string> {
  const made = rig.imageName();
  const container = await rig.create('true', { labels: { own: rig.name() } });
  await rig.engine.commitContainer(container, { reference: made });
  const reference = `${host}/team/${rig.name('image')}:1`;
  onTestFinished(() => rig.engine.removeImage(reference));
  await rig.engine.tagImage(made, reference);
  return reference;
}
