import type { RunRequest } from '../request.ts';

const MAX_PART = 120; // a ref is a path, and other parts of it need their room

/** A name as one part of a ref. Two names may give one. */
export function refPart(name: string): string {
  const part = name.replace(/[^0-9A-Za-z._-]/g, '_').slice(0, MAX_PART);
  return /^[0-9A-Za-z_]/.test(part) ? part : `_${part}`;
}

/** What all builds of a pipeline have in front of their keys. No project of another build tool can be called so. */
export const buildPrefix = ({
  application,
  cachedAs = application.name,
  pipeline,
}: Pick<RunRequest, 'application' | 'cachedAs' | 'pipeline'>): string =>
  `slipway.build/${refPart(cachedAs)}/${refPart(pipeline)}`;
