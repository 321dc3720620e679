import { describe, expect, it, onTestFinished } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';

export function describeImages(options: ContractOptions): void {
  describe('images', () => {
    const rig = useRig(options);

    it('inspects a local image by name and by id', async () => {
      const image = await rig.engine.inspectImage(rig.image);
      expect(image).toMatchObject({ os: 'linux', entrypoint: [], user: '' });
      expect(image?.environment.join()).toContain('PATH=');
      expect(await rig.engine.inspectImage(image?.id ?? '')).toEqual(image);
    });

    it('finds no image that is absent', async () => {
      expect(await rig.engine.inspectImage('localhost/slipway-nothing:1')).toBeUndefined();
    });

    it('refuses a reference that is none', async () => {
      await expectFailure(rig.engine.inspectImage(''), 'INVALID');
      await expectFailure(rig.engine.inspectImage('a/../../containers'), 'INVALID');
    });

    it('gives an image one more name, and takes it away again', async () => {
      const name = rig.imageName();
      await rig.engine.tagImage(rig.image, name);
      await rig.engine.tagImage(rig.image, name);
      expect(await rig.engine.inspectImage(name)).toEqual(await rig.engine.inspectImage(rig.image));
      await rig.engine.removeImage(name);
      expect(await rig.engine.inspectImage(name)).toBeUndefined();
      expect(await rig.engine.inspectImage(rig.image)).toBeDefined();
    });

    it('takes a name without a tag for latest', async () => {
      const name = rig.imageName().replace(/:1$/, '');
      await rig.engine.tagImage(rig.image, name);
      expect(await rig.engine.inspectImage(`${name}:latest`)).toBeDefined();
      await rig.engine.removeImage(name);
      expect(await rig.engine.inspectImage(`${name}:latest`)).toBeUndefined();
    });

    it('does not tag an absent image', async () => {
      await expectFailure(
        rig.engine.tagImage('localhost/slipway-nothing:1', rig.imageName()),
        'IMAGE_NOT_FOUND',
      );
    });

    it('does not mind removing an absent image', async () => {
      await rig.engine.removeImage('localhost/slipway-nothing:1');
    });

    it('says that a registry cannot be reached', async () => {
      const error = await expectFailure(rig.engine.pullImage('localhost:1/nobody/home:1', {}), 'REGISTRY');
      expect(error.message).toContain('localhost:1/nobody/home:1');
    });

    it('keeps credentials out of the error', async () => {
      const credentials = { username: 'jane', password: 's3cret/word' };
      const pulling = rig.engine.pullImage('localhost:1/nobody/home:1', { credentials });
      expect(String(await expectFailure(pulling, 'REGISTRY'))).not.toContain(credentials.password);
    });

    describeCommits(rig);
  });
}

function describeCommits(rig: Rig): void {
  describe('made of a container', () => {
    it('has its files and its configuration', async () => {
      const id = await rig.create('echo made > /made; exit 3', { environment: ['A=1'], user: '0' });
      await rig.engine.startContainer(id);
      await rig.engine.waitContainer(id);
      const reference = rig.imageName();
      const imageId = await rig.engine.commitContainer(id, {
        reference,
        author: 'me',
        labels: { made: 'yes' },
      });
      const image = await rig.engine.inspectImage(reference);
      expect(image).toMatchObject({ id: imageId, labels: { made: 'yes', ...rig.labels }, user: '0' });
      expect(image?.environment).toContain('A=1');
      const { stdout } = await rig.run('cat /made; echo "$A"', { image: reference });
      expect(stdout.toString()).toBe('made\n1\n');
    });

    it('can be made of a running one, and again under the same name', async () => {
      const reference = rig.imageName();
      const id = await rig.start('exec sleep 3600');
      const first = await rig.engine.commitContainer(id, { reference });
      onTestFinished(() => rig.engine.removeImage(first));
      await rig.engine.execute(id, { command: ['touch', '/second'] });
      const second = await rig.engine.commitContainer(id, { reference });
      expect(second).not.toBe(first);
      expect(await rig.engine.inspectImage(reference)).toMatchObject({ id: second });
      expect(await rig.run('ls /second', { image: reference })).toMatchObject({ exitCode: 0 });
      await rig.clean();
    });

    it('stays while a container is made of it', async () => {
      const reference = rig.imageName();
      await rig.engine.commitContainer(await rig.create('true'), { reference });
      const id = await rig.create('true', { image: reference });
      await expectFailure(rig.engine.removeImage(reference), 'CONFLICT');
      await rig.engine.removeContainer(id);
      await rig.engine.removeImage(reference);
    });

    it('cannot be made of an absent one', async () => {
      await expectFailure(rig.engine.commitContainer('nothing', { reference: rig.imageName() }), 'NOT_FOUND');
    });
  });
}
