import type { RecordedArtifact, RunRecord } from '../../artifacts/index.ts';

/** The artifact that a run is for: its own output, else the last that one of its steps left. */
export const mainArtifact = ({ artifacts }: Pick<RunRecord, 'artifacts'>): RecordedArtifact | undefined =>
  artifacts.find(({ safeId }) => safeId === undefined) ?? artifacts.at(-1);
