import { describe, expect, it } from 'vitest';
import { refusalError } from './errors.ts';

describe('a refusal to make a container whose network is not there', () => {
  it.each([
    [404, 'network w-1 not found'],
    [500, 'unable to find network with name or ID w-1: network not found'],
  ])('is known by its code, as Docker and as Podman say it: %i %s', (status, message) => {
    const error = refusalError({ status, message, doing: 'create the container box' });
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain(message);
  });
});
