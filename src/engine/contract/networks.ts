import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, useRig } from './rig.ts';

export function describeNetworks(options: ContractOptions): void {
  describe('networks', () => {
    const rig = useRig(options);

    it('are found by name and by id until they are removed', async () => {
      const name = rig.name('network');
      const id = await rig.network({ name });
      const network = await rig.engine.inspectNetwork(name);
      expect(network).toMatchObject({
        id,
        name,
        labels: rig.labels,
        subnets: [expect.stringMatching(/\/\d+$/)],
        gateway: expect.stringMatching(/^\d+(\.\d+){3}$/),
      });
      expect(await rig.engine.inspectNetwork(id)).toEqual(network);
      await rig.engine.removeNetwork(name);
      expect(await rig.engine.inspectNetwork(name)).toBeUndefined();
      await rig.engine.removeNetwork(name);
    });

    it('are listed all, or by label', async () => {
      const id = await rig.network();
      const [name = '', value = ''] = Object.entries(rig.labels).flat();
      expect((await rig.engine.listNetworks()).map((network) => network.id)).toContain(id);
      const labelled = await rig.engine.listNetworks({ label: `${name}=${value}` });
      expect(labelled.map((network) => network.id)).toEqual([id]);
      expect((await rig.engine.listNetworks({ label: name })).map((network) => network.id)).toContain(id);
      expect(await rig.engine.listNetworks({ label: `${name}=other` })).toEqual([]);
    });

    it('have the subnet that was asked for, which no other may overlap', async () => {
      const subnet = freeSubnet();
      const name = rig.name('network');
      await rig.network({ name, subnet });
      expect(await rig.engine.inspectNetwork(name)).toMatchObject({ subnets: [subnet] });
      await expectFailure(rig.network({ subnet: subnet.replace('/24', '/25') }), 'CONFLICT');
    });

    it('have names of their own', async () => {
      const name = rig.name('network');
      await rig.network({ name });
      await expectFailure(rig.network({ name }), 'CONFLICT');
    });

    it('refuse a subnet that is none', async () => {
      await expectFailure(rig.network({ subnet: 'everything' }), 'INVALID');
    });

    it('stay while a running container is attached', async () => {
      const name = rig.name('network');
      await rig.network({ name });
      await rig.start('exec sleep 3600', { network: { name, aliases: [] } });
      await expectFailure(rig.engine.removeNetwork(name), 'CONFLICT');
    });

    it('go where their containers are to be taken off, which go on', async () => {
      const name = rig.name('network');
      await rig.network({ name });
      const id = await rig.start('exec sleep 3600', { network: { name, aliases: [] } });
      await rig.engine.removeNetwork(name, { detach: true });
      expect(await rig.engine.inspectNetwork(name)).toBeUndefined();
      expect((await rig.engine.inspectContainer(id))?.running).toBe(true);
      await rig.engine.removeNetwork(name, { detach: true });
    });

    it('give containers addresses', async () => {
      const subnet = freeSubnet();
      const name = rig.name('network');
      await rig.network({ name, subnet });
      const address = subnet.replace('0/24', '77');
      const fixed = await rig.start('exec sleep 3600', { network: { name, aliases: ['fixed'], address } });
      const any = await rig.start('exec sleep 3600', { network: { name, aliases: ['any'] } });
      expect(await rig.engine.inspectContainer(fixed)).toMatchObject({ addresses: { [name]: address } });
      const other = (await rig.engine.inspectContainer(any))?.addresses[name];
      expect(other?.startsWith(subnet.replace('0/24', ''))).toBe(true);
      expect(other).not.toBe(address);
      await rig.engine.killContainer(any);
      await rig.engine.waitContainer(any);
      expect(await rig.engine.inspectContainer(any)).toMatchObject({ addresses: {} });
    });

    it.skipIf(rig.differs('networks are looked at earlier'))(
      'may be absent when a container is made, but not when it starts',
      async () => {
        const name = rig.name('network');
        const id = await rig.create('true', { network: { name, aliases: [] } });
        const error = await expectFailure(rig.engine.startContainer(id), 'START_FAILED');
        expect(error.message).toContain(name);
        await rig.network({ name });
        await rig.engine.startContainer(id);
        expect(await rig.engine.waitContainer(id)).toEqual({ exitCode: 0 });
      },
    );
  });
}

/** Far from the pools that engines choose from; another test may still have it. */
function freeSubnet(): string {
  return `10.${190 + Math.floor(Math.random() * 8)}.${Math.floor(Math.random() * 256)}.0/24`;
}
