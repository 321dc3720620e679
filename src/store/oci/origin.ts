import { StoreError } from '../error.ts';
import type { OciLocation } from '../location.ts';

/** A label of a host name: `us-ashburn-1`. */
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text may be a part of the host name to which signed requests go. */
export const isRegion = (text: string): boolean => REGION.test(text);

/** Scheme, host and port, where a text is that and no more. */
export function parseOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
  return isOrigin ? url.origin : undefined;
}

/** Where a bucket is asked for. Throws `NO_STORE` where its region or its endpoint is none. */
export function originOf({ region, endpoint }: OciLocation): URL {
  const origin =
    endpoint !== undefined
      ? parseOrigin(endpoint)
      : isRegion(region)
        ? `https://objectstorage.${region}.oraclecloud.com`
        : undefined;
  if (origin !== undefined) return new URL(origin);
  const wrong =
    endpoint === undefined
      ? `no region of OCI: expected one like us-ashburn-1, found ${JSON.stringify(region)}`
      : 'no endpoint of OCI: expected a text like https://objects.example.com, without a path';
  throw new StoreError('NO_STORE', `There is ${wrong}`);
}
