import { EngineError, type ImageDetails } from '../../../engine/index.ts';
import { type BoxSpec, interpolate } from '../../../pipeline/index.ts';
import { resolveCredentials, resolveImage } from '../../../registry/index.ts';
import { ImageError, imageReference, type Lookup } from '../../images.ts';
import { tokenRegistry } from '../../prepare-image.ts';
import type { KeyContext } from './key-context.ts';

/** Which image a run would run in, by its content, or why that cannot be said. */
export type ImageIdentity = { readonly image: string } | { readonly reason: string };

/**
 * The image that a run would take for a box or service: the digest under which its registry has it, which is the same on
 * every machine; the engine's own id for an image that comes from none. Nothing is pulled.
 */
export async function imageIdentity(
  context: KeyContext,
  spec: BoxSpec,
  lookup: Lookup,
): Promise<ImageIdentity> {
  try {
    const expand = (text: string): string => interpolate(text, lookup);
    const written = imageReference(spec, lookup);
    const reference = resolveImage(written, spec.credentials, { expand, onNotice: () => undefined });
    const { pull } = context.request.images;
    const local = pull === 'always' ? undefined : await context.engine.inspectImage(reference);
    if (local !== undefined) return { image: identityOf(local, reference) };
    if (pull === 'never') return { reason: `there is no local image "${reference}"` };
    return { image: await askRegistry(context, { spec, reference, expand }) };
  } catch (error) {
    if (error instanceof EngineError && error.code !== 'ABORTED') return { reason: error.message };
    if (error instanceof ImageError) return { reason: error.message };
    throw error;
  }
}

interface Asked {
  readonly spec: BoxSpec;
  readonly reference: string;
  readonly expand: (text: string) => string;
}

async function askRegistry(context: KeyContext, { spec, reference, expand }: Asked): Promise<string> {
  const { signal, redactor, engine } = context;
  const login = await resolveCredentials(spec.credentials, {
    image: reference,
    expand,
    signal,
    tokenRegistry: tokenRegistry(context),
  });
  for (const secret of login?.secrets ?? []) redactor.add(secret);
  return await engine.findDigest(reference, { signal, ...(login !== undefined && { credentials: login }) });
}

/** Images that were pulled or pushed have the digest of their registry; one image may be in several. */
function identityOf({ digests, id }: ImageDetails, reference: string): string {
  const repository = reference.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const own =
    digests.find((digest) => digest.startsWith(`${repository}@`)) ?? lastPartMatch(digests, repository);
  return own?.slice(own.indexOf('@') + 1) ?? id;
}

/** Docker calls `docker.io/library/node` only `node`. */
function lastPartMatch(digests: readonly string[], repository: string): string | undefined {
  const familiar = repository.replace(/^docker\.io\//, '').replace(/^library\//, '');
  return digests.find((digest) => digest.startsWith(`${familiar}@`));
}
