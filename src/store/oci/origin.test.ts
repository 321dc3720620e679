import { describe, expect, it } from 'vitest';
import { StoreError } from '../error.ts';
import type { OciLocation } from '../location.ts';
import { originOf } from './origin.ts';

const LOCATION: OciLocation = {
  type: 'oci',
  namespace: 'space',
  bucket: 'bucket',
  region: 'us-ashburn-1',
  key: { tenancy: 't', user: 'u', fingerprint: 'f', privateKey: 'k' },
};

describe('where a bucket is asked for', () => {
  it.each([
    [{}, 'https://objectstorage.us-ashburn-1.oraclecloud.com/'],
    [{ endpoint: 'https://objects.example.com' }, 'https://objects.example.com/'],
    [{ endpoint: 'http://[::1]:8080/' }, 'http://[::1]:8080/'],
  ])('is the host of the region, or the endpoint: %o', (change, url) => {
    expect(originOf({ ...LOCATION, ...change }).href).toBe(url);
  });

  it.each([
    { region: 'evil.example/#' },
    { region: 'evil.example#' },
    { region: '' },
    { endpoint: 'https://objects.example.com/path' },
    { endpoint: 'https://user:secret@objects.example.com' },
    { endpoint: 'ftp://objects.example.com' },
    { endpoint: 'objects.example.com' },
  ])('is nowhere for %o', (change) => {
    let error: unknown;
    try {
      originOf({ ...LOCATION, ...change });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: 'NO_STORE' });
    expect(String(error)).not.toContain('secret');
  });
});
