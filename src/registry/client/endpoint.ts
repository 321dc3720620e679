import { isIPv4 } from 'node:net';
import { RegistryError } from '../error.ts';
import { DOCKER_HUB } from '../image-name.ts';
import { parseRegistryAddress } from '../registry-address.ts';

/** Where a registry is, and how it is asked. */
export interface RegistryEndpoint {
  /** `HOST[:PORT]`, as names of images begin with it. */
  readonly host: string;
  readonly isPlainHttp: boolean;
}

/** The API of Docker Hub is not where its name says. */
const HUB_API = 'registry-1.docker.io';

/**
 * Reads what people write for a registry, `https://registry.example` or `127.0.0.1:5000`. Without a scheme only a registry
 * on this machine is asked over plain HTTP. Throws `RegistryError` `INVALID_REGISTRY`; the text is not repeated, since
 * people put passwords into URLs.
 */
export function readEndpoint(text: string): RegistryEndpoint {
  const address = parseRegistryAddress(text);
  if (address === undefined || address.path !== '' || !/^(?:https?)?$/.test(address.scheme ?? '')) {
    throw new RegistryError(
      'INVALID_REGISTRY',
      'what is given for the registry is not its address, such as https://registry.example or 127.0.0.1:5000',
    );
  }
  const { host, scheme } = address;
  return { host, isPlainHttp: scheme === undefined ? isLoopback(host) : scheme === 'http' };
}

/** Whether a host, with or without a port, is this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (name === 'localhost' || name === '[::1]') return true;
  return isIPv4(name) && name.startsWith('127.');
}

/** Where requests go. */
export function originOf({ host, isPlainHttp }: RegistryEndpoint): URL {
  return new URL(`${isPlainHttp ? 'http' : 'https'}://${host === DOCKER_HUB ? HUB_API : host}`);
}
