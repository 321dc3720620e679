import { parseImageName } from '../../registry/index.ts';
import { UsageError } from '../exit-code.ts';

/** An image of a registry that is known already. */
export interface ImageArgument {
  readonly repository: string;
  /** A tag, or a digest where one was written. */
  readonly reference: string;
  /** As it is shown: `alice:extended`. */
  readonly shown: string;
}

const withoutHost = (written: string, host: string): string =>
  written.startsWith(`${host}/`) ? written.slice(host.length + 1) : written;

/** Reads `REPOSITORY:TAG` or `REPOSITORY@DIGEST`; the registry's own host may stand before it. Throws `UsageError`. */
export function readImageArgument(written: string, host: string): ImageArgument {
  const text = withoutHost(written, host);
  const { path, tag, digest } = parsed(text, host);
  const reference = digest ?? tag;
  if (reference === undefined)
    throw new UsageError(`"${text}" names no image: expected REPOSITORY:TAG, such as alice:extended`);
  return { repository: path, reference, shown: `${path}${digest === undefined ? ':' : '@'}${reference}` };
}

/** Reads `REPOSITORY`. Throws `UsageError`. */
export function readRepositoryArgument(written: string, host: string): string {
  const text = withoutHost(written, host).replace(/\/$/, '');
  const { path, tag, digest } = parsed(text, host);
  if (tag === undefined && digest === undefined) return path;
  throw new UsageError(`"${text}" is an image: expected a repository alone, ${path}`);
}

function parsed(text: string, host: string) {
  const name = parseImageName(`${host}/${text}`);
  if (name.ok) return name.value;
  const shown = JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
  throw new UsageError(`${shown} is not an image’s name: ${name.error.reason}`);
}
