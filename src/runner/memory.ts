import type { BoxOptions } from './request.ts';

const MB = 1024 * 1024;

/** A container's share of `--docker-memory`: the box 75 % where there are services, the services 25 % together. */
export function boxMemory(
  options: BoxOptions,
  share: { readonly role: 'box' | 'service'; readonly services: number },
): { memoryBytes?: number; memorySwapBytes?: number } {
  if (options.memoryMb === undefined) return {};
  const ofBox = share.services > 0 ? 0.75 : 1;
  const part = share.role === 'box' ? ofBox : 0.25 / share.services;
  const memoryBytes = Math.floor(options.memoryMb * MB * part);
  const swapMb = options.memorySwapMb;
  return {
    memoryBytes,
    memorySwapBytes: swapMb === undefined ? 2 * memoryBytes : Math.floor(swapMb * MB * part),
  };
}
