import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';

/** Making, finding and removing containers. */
export function describeContainers(options: ContractOptions): void {
  describe('containers', () => {
    const rig = useRig(options);

    it('are made without running', async () => {
      const name = rig.name('container');
      const id = await rig.create('true', {
        name,
        environment: ['A=b c'],
        exposedPorts: ['80/tcp'],
        labels: { x: 'y' },
      });
      const container = await rig.engine.inspectContainer(id);
      expect(container).toMatchObject({
        id,
        name,
        running: false,
        outOfMemory: false,
        addresses: {},
        exposedPorts: ['80/tcp'],
        labels: { x: 'y', ...rig.labels },
      });
      expect(container?.exitCode).toBeUndefined();
      expect(container?.environment).toEqual(
        expect.arrayContaining(['A=b c', expect.stringMatching(/^PATH=/)]),
      );
      expect(await rig.engine.inspectContainer(name)).toEqual(container);
    });

    it('expose the ports that they publish', async () => {
      const published = { containerPort: 81, protocol: 'tcp', hostAddress: '127.0.0.1' } as const;
      const id = await rig.create('true', { exposedPorts: ['80/udp'], publishedPorts: [published] });
      const container = await rig.engine.inspectContainer(id);
      expect([...(container?.exposedPorts ?? [])].sort()).toEqual(['80/udp', '81/tcp']);
    });

    it('are absent when they were never made', async () => {
      expect(await rig.engine.inspectContainer('slipway-nothing')).toBeUndefined();
    });

    it('are not made of an absent image', async () => {
      await expectFailure(rig.create('true', { image: 'localhost/slipway-nothing:1' }), 'IMAGE_NOT_FOUND');
    });

    it('have names of their own', async () => {
      const name = rig.name('container');
      await rig.create('true', { name });
      await expectFailure(rig.create('true', { name }), 'CONFLICT');
    });

    it('refuse a name that is none', async () => {
      await expectFailure(rig.create('true', { name: 'no name!' }), 'INVALID');
    });

    it.skipIf(rig.differs('folders to mount are made'))('refuse to mount what is not there', async () => {
      const mount = { source: '/slipway/nothing', target: '/mnt/nothing', readOnly: true };
      const error = await expectFailure(rig.create('true', { mounts: [mount] }), 'INVALID');
      expect(error.message).toContain('/slipway/nothing');
    });

    it('are listed by label, running or not', async () => {
      const [name = '', value = ''] = Object.entries(rig.labels).flat();
      const created = await rig.create('true');
      const running = await rig.start('exec sleep 3600');
      const listed = await rig.engine.listContainers({ label: `${name}=${value}` });
      const found = new Map(listed.map((container) => [container.id, container]));
      expect([...found.keys()].sort()).toEqual([created, running].sort());
      expect(found.get(created)).toMatchObject({ running: false, labels: rig.labels });
      expect(found.get(running)).toMatchObject({
        running: true,
        name: expect.stringMatching(/^slipway-contract-/),
      });
      expect((await rig.engine.listContainers({ label: name })).map(({ id }) => id)).toContain(created);
      expect(await rig.engine.listContainers({ label: `${name}=other` })).toEqual([]);
    });

    describeRemoval(rig);
  });
}

function describeRemoval(rig: Rig): void {
  describe('removing', () => {
    it('takes a running one away', async () => {
      const id = await rig.start('exec sleep 3600');
      await rig.engine.removeContainer(id);
      expect(await rig.engine.inspectContainer(id)).toBeUndefined();
    });

    it('does not mind an absent one', async () => {
      await rig.engine.removeContainer('slipway-nothing');
    });

    it('may be asked for by several at once: all resolve when it is gone', async () => {
      const id = await rig.start('exec sleep 3600');
      const removals = Array.from({ length: 5 }, async () => {
        await rig.engine.removeContainer(id);
        return await rig.engine.inspectContainer(id);
      });
      expect(await Promise.all(removals)).toEqual(Array.from({ length: 5 }));
    });

    it('frees the name', async () => {
      const name = rig.name('container');
      await rig.engine.removeContainer(await rig.create('true', { name }));
      await rig.create('true', { name });
    });
  });
}
