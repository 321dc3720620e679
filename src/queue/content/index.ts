export { type ArtifactAddressesOptions, createArtifactUrls } from './artifact-addresses.ts';
export { createContentRemover } from './remove-contents.ts';
