import { isKey } from '../store/index.ts';

/** Under which all records of runs are. */
export const RUNS_PREFIX = 'runs/';

export const recordKey = (runId: string): string => `${RUNS_PREFIX}${runId}.json`;

export const manifestKey = (key: string): string => `${key}.manifest.json`;

/** An id as a part of keys. What no key may have, such as a zero byte or `..`, becomes `-`; the run's id tells them apart. */
function keyPart(id: string): string {
  if (isKey(id)) return id;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no key may have
  const part = id.replace(/[\u0000-\u001f\u007f/]/g, '-').slice(0, 60); // at most 240 bytes
  return isKey(part) ? part : '-';
}

/** Under which the artifacts of all runs are, and their manifests. */
export const ARTIFACTS_PREFIX = 'project-artifacts/';

/** Under which all that an application's runs produced is. */
export const applicationPrefix = (applicationId: string): string =>
  `${ARTIFACTS_PREFIX}${keyPart(applicationId)}/`;

/** Under which all that a run produced is, in every store. */
export const runPrefix = (applicationId: string, runId: string): string =>
  `${applicationPrefix(applicationId)}${runId}/`;

/** Object keys of a run's artifacts; contract: docs/contracts/pipeline.md, "Artifact keys". */
export const artifactKey = (applicationId: string, runId: string): string =>
  `${runPrefix(applicationId, runId)}output.tar`;

export const stepArtifactKey = (applicationId: string, runId: string, safeId: string): string =>
  `${runPrefix(applicationId, runId)}step/${safeId}/output.tar`;

export const containerKey = (applicationId: string, runId: string): string =>
  `${runPrefix(applicationId, runId)}docker.tar.sz`;
