import { describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, useRig } from './rig.ts';

/** What a commit changes of what the container says. */
export function describeConfiguredImages(options: ContractOptions): void {
  describe('an image made of a container with changes', () => {
    const rig = useRig(options);
    const source = () =>
      rig.create('true', {
        entrypoint: ['/bin/echo', 'entry'],
        command: ['word'],
        environment: ['A=1', 'B=2'],
        user: '0',
        workingDir: '/tmp',
        exposedPorts: ['80/tcp'],
        labels: { kept: 'yes', changed: 'no' },
      });

    it('keeps what is not changed', async () => {
      const reference = rig.imageName();
      const id = await rig.engine.commitContainer(await source(), { reference, configuration: {} });
      const image = await rig.engine.inspectImage(reference);
      expect(image).toMatchObject({
        id,
        entrypoint: ['/bin/echo', 'entry'],
        command: ['word'],
        user: '0',
        exposedPorts: ['80/tcp'],
        labels: { kept: 'yes', changed: 'no' },
      });
      expect(image?.environment).toEqual(expect.arrayContaining(['A=1', 'B=2']));
    });

    it('adds to lists and labels, and replaces what has the same name', async () => {
      const reference = rig.imageName();
      const configuration = {
        environment: ['A=new "quoted" $B', 'C=3'],
        labels: { changed: 'a b', more: '' },
        exposedPorts: ['81/udp'],
      };
      await rig.engine.commitContainer(await source(), { reference, configuration });
      const image = await rig.engine.inspectImage(reference);
      expect(image?.environment).toEqual(expect.arrayContaining(['A=new "quoted" $B', 'B=2', 'C=3']));
      expect(image?.environment).not.toContain('A=1');
      expect(image?.labels).toMatchObject({ kept: 'yes', changed: 'a b', more: '', ...rig.labels });
      expect([...(image?.exposedPorts ?? [])].sort()).toEqual(['80/tcp', '81/udp']);
    });

    it.each([
      ['a command alone', { command: ['new', 'a b'] }, ['/bin/echo', 'entry'], ['new', 'a b']],
      ['an entrypoint alone', { entrypoint: ['/bin/cat'] }, ['/bin/cat'], ['word']],
      ['no entrypoint', { entrypoint: [] }, [], ['word']],
      ['no command', { command: [] }, ['/bin/echo', 'entry'], []],
    ])('has %s', async (_what, configuration, entrypoint, command) => {
      const reference = rig.imageName();
      await rig.engine.commitContainer(await source(), { reference, configuration });
      expect(await rig.engine.inspectImage(reference)).toMatchObject({ entrypoint, command });
    });

    it('must say what it runs', async () => {
      const configuration = { entrypoint: [], command: [] };
      await expectFailure(rig.engine.commitContainer(await source(), { configuration }), 'INVALID');
    });

    it('starts its processes as another user in another folder', async () => {
      const reference = rig.imageName();
      const configuration = { user: options.onlyRoot ? '0' : '12345', workingDir: '/var', entrypoint: [] };
      await rig.engine.commitContainer(await source(), { reference, configuration });
      const { stdout } = await rig.run('pwd; id -u', { image: reference });
      expect(stdout.toString()).toBe(`/var\n${configuration.user}\n`);
    });

    it('needs no name, and may be made without a pause', async () => {
      const container = await rig.start('exec sleep 3600');
      const id = await rig.engine.commitContainer(container, { pause: false, labels: { made: 'so' } });
      onTestFinished(() => rig.engine.removeImage(id));
      expect(await rig.engine.inspectImage(id)).toMatchObject({
        id: expect.stringContaining(id),
        labels: { made: 'so' },
      });
      await rig.clean();
    });
  });
}
