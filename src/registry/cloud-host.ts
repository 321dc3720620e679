import {
  AWS_PLACE_KEYS,
  AZURE_PLACE_KEYS,
  type CredentialFields,
  type Expand,
  readGroup,
} from './credential-fields.ts';
import { RegistryError } from './error.ts';
import { parseRegistryAddress } from './registry-address.ts';

/** The registry that the AWS or Azure values belong to, AWS first; absent: there are none. */
export function cloudHost({ aws, azure }: CredentialFields, expand: Expand): string | undefined {
  const place = readGroup(aws, AWS_PLACE_KEYS, expand);
  if (place !== undefined) return ecrHost(place.region, place.registryId);
  const server = readGroup(azure, AZURE_PLACE_KEYS, expand)?.loginServer;
  return server === undefined ? undefined : loginServerHost(server);
}

/** The domain that AWS serves a region's hosts under. Throws `INVALID_CREDENTIALS` for what is not a region. */
export function awsDomain(region: string): string {
  // The region becomes part of a host name: nothing may end that name early.
  if (!/^[a-z]{2}(-[a-z0-9]{1,16}){1,4}$/.test(region)) {
    throw new RegistryError('INVALID_CREDENTIALS', '"aws-region" is not a region’s name, such as us-east-1');
  }
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

function ecrHost(region: string, registryId: string): string {
  const domain = awsDomain(region);
  if (!/^\d{12}$/.test(registryId)) {
    throw new RegistryError('INVALID_CREDENTIALS', '"aws-registry-id" is not an AWS account’s 12 digits');
  }
  return `${registryId}.dkr.ecr.${region}.${domain}`;
}

function loginServerHost(text: string): string {
  const address = parseRegistryAddress(text);
  if (address !== undefined) return address.host;
  throw new RegistryError('INVALID_REGISTRY', '"azure-login-server" is not a host, such as NAME.azurecr.io');
}
