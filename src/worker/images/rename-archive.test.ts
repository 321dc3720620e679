import { describe, expect, it } from 'vitest';
import { packItems, readTar, type TarItem } from '../../archive/index.ts';
import { renameArchive } from './rename-archive.ts';

const NAME = 'a'.repeat(32);
const LAYER = 'b'.repeat(64);

const file = (name: string, content: unknown): TarItem => ({
  type: 'file',
  name,
  content: typeof content === 'string' ? content : JSON.stringify(content),
});

const manifest = (...images: object[]) => file('manifest.json', images);
const image = { Config: 'config.json', RepoTags: ['debian:12', 'other:1'], Layers: [`${LAYER}/layer.tar`] };
const layer = file(`${LAYER}/layer.tar`, 'layer');

/** The files of the archive that comes out, with their content; links with their target. */
async function rename(...items: TarItem[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { path, kind, target, content } of readTar(renameArchive(packItems(items), NAME))) {
    const pieces: Buffer[] = [];
    for await (const piece of content()) pieces.push(piece);
    files[path] = kind === 'link' ? `-> ${target}` : Buffer.concat(pieces).toString();
  }
  return files;
}

describe('the archive of an image', () => {
  it('has one name afterwards, in each form that says names, and its layers as they were', async () => {
    const index = {
      schemaVersion: 2,
      manifests: [{ digest: 'x', annotations: { 'io.containerd.image.name': 'debian:12' } }],
    };
    const files = await rename(
      layer,
      file('config.json', '{}'),
      { type: 'folder', name: LAYER },
      manifest(image),
      file('repositories', { debian: { 12: LAYER }, other: { 1: LAYER } }),
      file('index.json', index),
      file('oci-layout', '{}'),
    );
    expect(files[`${LAYER}/layer.tar`]).toBe('layer');
    expect(JSON.parse(files['manifest.json'] ?? '')).toEqual([{ ...image, RepoTags: [`${NAME}:latest`] }]);
    expect(JSON.parse(files['repositories'] ?? '')).toEqual({ [NAME]: { latest: LAYER } });
    expect(files['index.json']).not.toContain('debian');
    expect(files['index.json']).toContain(`docker.io/library/${NAME}:latest`);
  });

  it('may have a manifest only, or repositories only, and links between layers', async () => {
    await rename(layer, manifest(image));
    await rename(layer, file('repositories', { debian: { 12: LAYER } }));
    const link = {
      type: 'link',
      name: `${'c'.repeat(64)}/layer.tar`,
      target: `../${LAYER}/layer.tar`,
    } as const;
    expect(await rename(layer, link, manifest(image))).toMatchObject({ [link.name]: `-> ${link.target}` });
  });

  it.each<[string, TarItem[]]>([
    ['two images', [manifest(image, image)]],
    ['two images by their repositories', [file('repositories', { a: { 1: LAYER }, b: { 1: 'other' } })]],
    ['two images by their index', [manifest(image), file('index.json', { manifests: [{}, {}] })]],
    ['no image', [manifest()]],
    ['nothing that names one', [layer]],
    ['nothing at all', []],
    ['a manifest that is no JSON', [file('manifest.json', '{')]],
    ['a manifest that is something else', [file('manifest.json', { a: 1 })]],
    ['a manifest twice', [manifest(image), manifest(image)]],
    ['a manifest that is a link', [{ type: 'link', name: 'manifest.json', target: 'other.json' }]],
    ['a manifest that is a folder', [{ type: 'folder', name: 'manifest.json' }]],
    ['a manifest of a megabyte', [file('manifest.json', ' '.repeat(1024 * 1024 + 1))]],
    ['a folder that is a link', [{ type: 'link', name: 'a', target: '.' }, manifest(image)]],
    [
      'a layer that leads out',
      [{ type: 'link', name: 'a/layer.tar', target: '/etc/passwd' }, manifest(image)],
    ],
    [
      'a layer that leads up',
      [{ type: 'link', name: 'a/layer.tar', target: '../../x/layer.tar' }, manifest(image)],
    ],
    ['a path that goes up', [file('../manifest.json', '[]'), manifest(image)]],
    ['a path that goes round', [file('a/../manifest.json', '[]'), manifest(image)]],
    ['a path with nothing in it', [file('a//b', ''), manifest(image)]],
  ])('is refused with %s', async (_what, items) => {
    await expect(rename(...items)).rejects.toMatchObject({ name: 'ImageError', isFinal: true });
  });
});
