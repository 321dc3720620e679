import { CacheError } from '../error.ts';
import { type ObjectName, objectFileName } from '../ostree/index.ts';

export const tooLarge = (name: ObjectName, sizeBytes: number, maxBytes: number): CacheError =>
  new CacheError(
    'TOO_LARGE',
    `The object ${objectFileName(name)} has ${sizeBytes} bytes; at most ${maxBytes} are taken`,
  );

export const corrupt = (name: ObjectName, problem: string): CacheError =>
  new CacheError(
    'CORRUPT_OBJECT',
    `The object ${objectFileName(name)} is not what its name says: ${problem}`,
  );
