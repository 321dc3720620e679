import { type BoxSpec, interpolate } from '../pipeline/index.ts';
import { resolveCredentials, resolveImage, type TokenRegistry } from '../registry/index.ts';
import type { RunContext } from './context.ts';
import { imageReference, type Lookup, type ReadyImage, readyImage } from './images.ts';

/** Masks what the file holds of secrets, whether they are used or not: a step may print the file. */
function maskCredentials(
  context: RunContext,
  { credentials }: BoxSpec,
  expand: (text: string) => string,
): void {
  const { password, aws, azure } = credentials;
  for (const secret of [password, aws?.secretKey, azure?.clientSecret]) {
    if (secret !== undefined) context.redactor.add(expand(secret));
  }
}

/** The image of a box or service, on the engine and ready to run; pulled with its credentials where it has to be. */
export async function prepareImage(
  context: RunContext,
  spec: BoxSpec,
  lookup: Lookup,
  checkpoint?: string,
): Promise<ReadyImage> {
  const expand = (text: string): string => interpolate(text, lookup);
  maskCredentials(context, spec, expand);
  const written = imageReference(spec, lookup, checkpoint);
  const onNotice = (text: string): void => context.notice('warning', text);
  const image = resolveImage(written, spec.credentials, { expand, onNotice });
  return await readyImage(context, image, async () => {
    const { signal, redactor } = context;
    const login = await resolveCredentials(spec.credentials, {
      image,
      expand,
      signal,
      tokenRegistry: tokenRegistry(context),
    });
    for (const secret of login?.secrets ?? []) redactor.add(secret);
    return login;
  });
}

/** What of a run says which registry the person's token is for. */
export interface TokenContext {
  readonly request: {
    readonly containerRegistry?: string;
    readonly stepRegistry: { readonly token?: string };
  };
}

/** The registry that the person's own token is a login for. */
export function tokenRegistry({ request }: TokenContext): TokenRegistry | undefined {
  const { containerRegistry: address } = request;
  const { token } = request.stepRegistry;
  return address === undefined || token === undefined ? undefined : { address, token };
}
