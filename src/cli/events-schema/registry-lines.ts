import { count, type Field, list, object, text } from './field.ts';

/** What `image catalogs`, `list`, `get` and `delete` answer. */
export interface RegistryLines {
  readonly 'registry-repository': { readonly registry: string; readonly repository: string };
  readonly 'registry-image': {
    readonly registry: string;
    readonly repository: string;
    readonly tag: string;
    readonly digest: string;
  };
  readonly 'registry-manifest': {
    readonly registry: string;
    readonly repository: string;
    readonly reference: string;
    readonly digest: string;
    readonly mediaType: string;
    /** Its text. */
    readonly manifest: string;
  };
  readonly 'registry-image-deleted': {
    readonly registry: string;
    readonly repository: string;
    readonly reference: string;
    readonly digest: string;
    readonly tags: readonly string[];
    readonly attached: number;
  };
}

const registry = text('its host');
const repository = text();
const digest = text('of the manifest');

export const REGISTRY_LINES: {
  readonly [T in keyof RegistryLines]: Field<RegistryLines[T]>;
} = {
  'registry-repository': object({ registry, repository }),
  'registry-image': object({ registry, repository, tag: text(), digest }),
  'registry-manifest': object({
    registry,
    repository,
    reference: text('the tag or digest that was asked for'),
    digest,
    mediaType: text(),
    manifest: text('exactly as the registry has it'),
  }),
  'registry-image-deleted': object({
    registry,
    repository,
    reference: text('the tag or digest that was asked for'),
    digest,
    tags: list(text('a name that the image had, gone with it')),
    attached: count('artifacts that belonged to it, gone with it'),
  }),
};
