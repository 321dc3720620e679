import type { RunRecord } from '../../artifacts/index.ts';
import { mainArtifact } from './main-artifact.ts';
import { artifactPath, type Carried, mainArtifactPath, runPage } from './paths.ts';

/** What the API says of a run: its record, without who made it and where the stores are, and with addresses to go on to. */
export function describeRun(record: RunRecord, carried: Carried): object {
  const { version: _version, owner: _owner, artifacts, ...facts } = record;
  return {
    ...facts,
    page: runPage(record.runId, carried),
    ...(mainArtifact(record) !== undefined && { download: mainArtifactPath(record.runId, carried) }),
    artifacts: artifacts.map(({ store: _store, ...artifact }) => ({
      ...artifact,
      href: artifactPath(record.runId, artifact.name, {}, carried),
    })),
  };
}
