import { cloudHost } from './cloud-host.ts';
import { type CredentialFields, type Expand, expandField } from './credential-fields.ts';
import { RegistryError } from './error.ts';
import { DOCKER_HUB, familiarName, formatImageName, type ImageName, parseImageName } from './image-name.ts';
import { lowerCaseRepository, writtenHost } from './image-name-cut.ts';
import { parseRegistryAddress, type RegistryAddress } from './registry-address.ts';

/** How to read what is written, and whom to tell. */
export interface ResolveImageOptions {
  /** Fills in the variables of one value. */
  readonly expand: Expand;
  /** Takes a sentence about something written that has no effect. */
  readonly onNotice?: (notice: string) => void;
}

/**
 * The reference to ask the engine for, out of an image as written (its variables filled in) and its registry.
 *
 * The repository is put in lower case. The host in the image's own name wins; then come that of the AWS values
 * (`<registry-id>.dkr.ecr.<region>.amazonaws.com`), of the Azure values (their login server) and of `registry`. With
 * none the short name stays short: the engine looks for `bb:1` in more places than for `docker.io/library/bb:1`.
 *
 * Throws `RegistryError`: `NO_REPOSITORY`, `INVALID_IMAGE`, `INVALID_REGISTRY`, `REGISTRY_CONFLICT`, and
 * `INCOMPLETE_CREDENTIALS` or `INVALID_CREDENTIALS` where the AWS values cannot name a registry.
 */
export function resolveImage(
  written: string,
  fields: CredentialFields,
  options: ResolveImageOptions,
): string {
  if (/^([:@]|$)/.test(written)) throw new RegistryError('NO_REPOSITORY', 'Repository not specified');
  const text = lowerCaseRepository(written);
  const name = checkedName(text, written);
  if (writtenHost(text) !== undefined) {
    refuseOtherCloud(name, fields, options);
    noticeOtherRegistry(name, fields, options);
    return name.registry === DOCKER_HUB ? formatImageName(name) : familiarName(name);
  }
  const host = cloudHost(fields, options.expand) ?? registryHost(fields, options);
  return familiarName(host === undefined ? name : checkedName(`${host}/${text}`, written));
}

/** Reads a name. Throws `INVALID_IMAGE` about the text as the person knows it. */
export function checkedName(text: string, written: string = text): ImageName {
  const parsed = parseImageName(text);
  if (parsed.ok) return parsed.value;
  const { reason, position } = parsed.error;
  const shown = JSON.stringify(written.length > 100 ? `${written.slice(0, 100)}…` : written);
  const where = text.length === written.length ? ` (character ${position + 1})` : '';
  throw new RegistryError('INVALID_IMAGE', `${shown} is not an image’s name: ${reason}${where}`);
}

function refuseOtherCloud(
  { registry }: ImageName,
  fields: CredentialFields,
  { expand }: ResolveImageOptions,
): void {
  const host = cloudHost(fields, expand);
  if (host === undefined || host === registry) return;
  const advice = `leave the host out of the image’s name, or take those values away`;
  throw new RegistryError(
    'REGISTRY_CONFLICT',
    `the image is from ${registry}, and the AWS or Azure values are for ${host}: ${advice}`,
  );
}

function noticeOtherRegistry(
  { registry }: ImageName,
  fields: CredentialFields,
  options: ResolveImageOptions,
): void {
  const written = expandField(fields.registry, options.expand);
  if (written === '') return;
  const host = parseRegistryAddress(written)?.host;
  if (host === registry) return;
  const other = host === undefined ? '"registry", which is not an address,' : `the registry ${host}`;
  options.onNotice?.(`The image’s own name says ${registry}: ${other} is not used`);
}

function registryHost(fields: CredentialFields, options: ResolveImageOptions): string | undefined {
  const written = expandField(fields.registry, options.expand);
  if (written === '') return undefined;
  const address = parseRegistryAddress(written);
  // The value is not repeated: people put passwords into URLs.
  if (address === undefined) {
    throw new RegistryError(
      'INVALID_REGISTRY',
      '"registry" is not the address of a registry, such as https://registry.example/v2/',
    );
  }
  noticeIgnored(address, options);
  return address.host;
}

function noticeIgnored({ scheme, path, host }: RegistryAddress, { onNotice }: ResolveImageOptions): void {
  if (scheme !== undefined && scheme !== 'https') {
    onNotice?.(`The registry ${host} is asked over https: "${scheme}://" in "registry" is not used`);
  }
  if (path !== '')
    onNotice?.(`Only the host of "registry" is used, ${host}: its path belongs into the image’s name`);
}
