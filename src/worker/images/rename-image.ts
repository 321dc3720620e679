import { z } from 'zod';
import { refused } from './image-error.ts';

const Manifest = z.array(z.looseObject({ Config: z.string(), Layers: z.array(z.string()) })).length(1);
/** Layer by tag by name. */
const Repositories = z.record(z.string(), z.record(z.string(), z.string()));
const Index = z.looseObject({ manifests: z.array(z.looseObject({})).length(1) });

/** `manifest.json`: the list of images. */
export function renamedManifest(text: string, name: string): string {
  const [image] = read(Manifest, { text, file: 'manifest.json' });
  return JSON.stringify([{ ...image, RepoTags: [`${name}:latest`] }]);
}

/** `repositories`, which older engines write: an image by its last layer. */
export function renamedRepositories(text: string, name: string): string {
  const repositories = read(Repositories, { text, file: 'repositories' });
  const [layer, ...others] = new Set(Object.values(repositories).flatMap((tags) => Object.values(tags)));
  if (layer === undefined || others.length > 0) {
    throw refused(
      `The archive must have one image: its repositories name ${others.length + (layer ? 1 : 0)}`,
    );
  }
  return JSON.stringify({ [name]: { latest: layer } });
}

/** `index.json`, which newer engines write beside the manifest. */
export function renamedIndex(text: string, name: string): string {
  const index = read(Index, { text, file: 'index.json' });
  const annotations = {
    'io.containerd.image.name': `docker.io/library/${name}:latest`,
    'org.opencontainers.image.ref.name': 'latest',
  };
  return JSON.stringify({ ...index, manifests: index.manifests.map((image) => ({ ...image, annotations })) });
}

function read<T>(schema: z.ZodType<T>, { text, file }: { readonly text: string; readonly file: string }): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const found = cause instanceof z.ZodError ? (cause.issues[0]?.message ?? '') : 'it is no JSON';
    throw refused(`The archive must have one image; its ${file} is not what that takes: ${found}`, cause);
  }
}
