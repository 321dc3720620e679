import { describe, expect, it } from 'vitest';
import { expectFailure } from './failure.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';
import { StallingSource } from './stalling-source.ts';
import { largeFileHeader, packTar, readAll, readTar } from './tar.ts';

export function describeSaving(options: ContractOptions): void {
  describe('an image as a tar', () => {
    const rig = useRig(options);

    it('can be loaded where it is gone, and is the same again', async () => {
      const { reference, id } = await madeImage(rig);
      const tar = await readAll(await rig.engine.saveImage(reference));
      await rig.engine.removeImage(reference);
      expect(await rig.engine.inspectImage(reference)).toBeUndefined();
      expect(await rig.engine.loadImage(chunks(tar))).toEqual([reference]);
      expect(await rig.engine.loadImage(chunks(tar))).toEqual([reference]);
      expect(await rig.engine.inspectImage(reference)).toMatchObject({
        id,
        environment: expect.arrayContaining(['A=1']),
        labels: rig.labels,
      });
      expect((await rig.run('cat /made', { image: reference })).stdout.toString()).toBe('made\n');
    });

    it('tells its name and its layers', async () => {
      const { reference } = await madeImage(rig);
      const entries = await readTar(await rig.engine.saveImage(reference));
      const [image] = JSON.parse(entries.get('manifest.json')?.content.toString() ?? '');
      expect(image.RepoTags).toEqual([reference]);
      expect(image.Layers.length).toBeGreaterThan(0);
      for (const layer of image.Layers) expect([...entries.keys()]).toContain(layer);
    });

    it('is absent with the image', async () => {
      expect(await rig.engine.saveImage('localhost/slipway-nothing:1')).toBeUndefined();
    });

    it('may be left early, also before the first byte', async () => {
      for await (const _ of (await rig.engine.saveImage(rig.image)) ?? []) break;
      const unread = await rig.engine.saveImage(rig.image);
      await unread?.[Symbol.asyncIterator]().return?.();
    });

    it('is not loaded when it is none', async () => {
      await expectFailure(rig.engine.loadImage(chunks(Buffer.alloc(70_000, 'x'))), 'INVALID');
      await expectFailure(rig.engine.loadImage(packTar([{ name: 'a', content: 'a' }])), 'INVALID');
    });

    it('is not loaded when it is cut off', async () => {
      const { reference } = await madeImage(rig);
      const tar = await readAll(await rig.engine.saveImage(reference));
      await rig.engine.removeImage(reference);
      await expectFailure(rig.engine.loadImage(chunks(tar.subarray(0, tar.length / 2))), 'INVALID');
      expect(await rig.engine.inspectImage(reference)).toBeUndefined();
    });

    it('passes the error of the source on', async () => {
      const failing = (async function* () {
        yield await largeFileHeader();
        throw new Error('disk on fire');
      })();
      await expect(rig.engine.loadImage(failing)).rejects.toThrow('disk on fire');
    });

    it('is let go of when the signal aborts', async () => {
      const controller = new AbortController();
      const source = new StallingSource(await largeFileHeader(), 4);
      const loading = expectFailure(rig.engine.loadImage(source, { signal: controller.signal }), 'ABORTED');
      await source.stalled;
      controller.abort();
      await loading;
      await source.closed;
    });
  });
}

async function madeImage(rig: Rig): Promise<{ reference: string; id: string }> {
  const reference = rig.imageName();
  const container = await rig.create('echo made > /made', { environment: ['A=1'] });
  await rig.engine.startContainer(container);
  await rig.engine.waitContainer(container);
  const id = await rig.engine.commitContainer(container, { reference });
  await rig.engine.removeContainer(container);
  return { reference, id };
}

async function* chunks(...all: Buffer[]): AsyncGenerator<Buffer> {
  yield* all;
}
