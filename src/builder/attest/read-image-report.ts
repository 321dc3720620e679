import type { LayerMemory } from './attest-options.ts';
import type { ImageReport, ReportedLayer } from './image-report.ts';
import { decodeContents, encodeContents, type LayerContents } from './layer-contents.ts';
import { type MergedLayer, mergeLayers } from './merge-layers.ts';
import { type ImageSource, type ReadImage, readImage } from './read-image.ts';
import { type LayerLimits, readLayer } from './read-layer.ts';

export interface ReportOptions extends ImageSource {
  readonly layers?: LayerMemory | undefined;
  readonly onNotice?: ((text: string) => void) | undefined;
  readonly limits?: LayerLimits;
}

/** What is in an image, and the image as it was read. */
export interface ReadReport {
  readonly image: ReadImage;
  readonly report: Omit<ImageReport, 'attached'>;
}

/**
 * Reads an image's layers as they are in the registry, one after the other. Layers whose contents are remembered are not read.
 * Throws `RegistryError`.
 */
export async function readImageReport(options: ReportOptions): Promise<ReadReport> {
  const image = await readImage(options);
  const firstAdded = image.layers.length - image.addedLayers;
  const merged: MergedLayer[] = [];
  const layers: ReportedLayer[] = [];
  for (const [index, { digest, size }] of image.layers.entries()) {
    const isAdded = index >= firstAdded;
    const contents = await contentsOf(options, { digest, size });
    for (const notice of contents.notices) options.onNotice?.(`The layer ${digest}: ${notice}`);
    merged.push({ contents, isAdded });
    layers.push({ digest, sizeBytes: size, isAdded });
  }
  const total = (some: readonly ReportedLayer[]): number =>
    some.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const report = {
    digest: image.subject.digest,
    sizeBytes: total(layers),
    addedBytes: total(layers.filter(({ isAdded }) => isAdded)),
    layers,
    packages: await mergeLayers(merged),
  };
  return { image, report };
}

async function contentsOf(
  { client, repository, signal, layers: memory, limits }: ReportOptions,
  layer: { readonly digest: string; readonly size: number },
): Promise<LayerContents> {
  const remembered = await memory?.read(layer.digest).catch(() => undefined);
  const known = remembered && decodeContents(remembered);
  if (known !== undefined) return known;
  const contents = await readChecked(client.readBlob(repository, layer, { signal }), limits);
  if (contents.isComplete) await memory?.write(layer.digest, encodeContents(contents)).catch(() => undefined);
  return contents;
}

/**
 * A tar may end before the blob does, and only at the end of the blob is it known to be the one that was asked for: what is
 * remembered for its digest is given to everybody.
 */
async function readChecked(
  blob: AsyncIterable<Buffer>,
  limits: LayerLimits | undefined,
): Promise<LayerContents> {
  const chunks = blob[Symbol.asyncIterator]();
  // Without `return`, so that the tar's end does not end the blob.
  const stream = { [Symbol.asyncIterator]: () => ({ next: async () => await chunks.next() }) };
  try {
    const contents = await readLayer(stream, limits);
    while (contents.isComplete && !(await chunks.next()).done);
    return contents;
  } finally {
    await chunks.return?.();
  }
}
