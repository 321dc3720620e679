import type { RegistryClient } from '../../registry/index.ts';
import { CommandError } from '../command-error.ts';

// An SBOM of ten thousand packages has some megabytes.
const MAX_BYTES = 64 * 1024 * 1024;

export interface Attached {
  readonly repository: string;
  /** Of its manifest. */
  readonly digest: string;
}

/** A document that is attached to an image, as the registry has it. Throws `CommandError` and `RegistryError`. */
export async function readAttached(
  client: RegistryClient,
  { repository, digest }: Attached,
  signal: AbortSignal,
): Promise<string> {
  const manifest = await client.manifest(repository, digest, { signal });
  if (manifest === undefined)
    throw new CommandError(`${client.host} has no manifest ${repository}@${digest} any more`);
  const [layer] = await layersOf(manifest.bytes.toString());
  if (layer === undefined || layer.size > MAX_BYTES)
    throw new CommandError(
      `${client.host}: ${repository}@${digest} holds no document of at most ${MAX_BYTES} bytes`,
    );
  const pieces: Buffer[] = [];
  for await (const piece of client.readBlob(repository, layer, { signal })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

interface Layer {
  readonly digest: string;
  readonly size: number;
}

async function layersOf(text: string): Promise<readonly Layer[]> {
  const { z } = await import('zod');
  const Manifest = z.object({
    layers: z.array(z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), size: z.int().min(0) })),
  });
  return Manifest.safeParse(JSON.parse(text)).data?.layers ?? [];
}
