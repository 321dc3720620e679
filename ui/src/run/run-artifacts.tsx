import { addressOf } from '../api/ask.ts';
import { serverNow } from '../api/clock.ts';
import type { RunArtifact, RunRecord } from '../api/runs.ts';
import { Bytes } from '../parts/bytes.tsx';
import { Empty } from '../parts/empty.tsx';
import { countText } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Age } from '../parts/time.tsx';
import './run.css';

const isGone = ({ expiresAt }: RunArtifact): boolean => expiresAt !== undefined && expiresAt <= serverNow();

/** Where the download service gives the bytes of an artifact, or an archive of them. */
const downloadHref = ({ href }: RunArtifact, as?: string): string => addressOf(href, { as });

/** What a run stored. */
export function RunArtifacts({ run }: { readonly run: RunRecord }) {
  if (run.artifacts.length === 0) {
    return (
      <Empty title={run.result === 'running' ? 'Nothing is stored yet.' : 'This run stored no artifacts.'}>
        <p>A step that writes into its output folder, or a build with --artifacts, leaves some here.</p>
      </Empty>
    );
  }
  const own = run.artifacts.toSorted(
    (a, b) => Number(a.safeId !== undefined) - Number(b.safeId !== undefined),
  );
  const steps = new Map(run.steps.map(({ safeId, displayName }) => [safeId, displayName]));
  return (
    <ul class="artifacts">
      {own.map((artifact) => (
        <Artifact
          key={artifact.name}
          runId={run.runId}
          artifact={artifact}
          step={artifact.safeId === undefined ? undefined : steps.get(artifact.safeId)}
        />
      ))}
    </ul>
  );
}

interface ArtifactProps {
  readonly runId: string;
  readonly artifact: RunArtifact;
  readonly step: string | undefined;
}

function Artifact({ runId, artifact, step }: ArtifactProps) {
  const { name, fileName, sizeBytes, sha256, files, storedAt, expiresAt } = artifact;
  const browse = `/runs/${encodeURIComponent(runId)}/artifacts/${encodeURIComponent(name)}`;
  return (
    <li class="artifact">
      <div class="artifact-words">
        <h2>{name}</h2>
        <p class="facts">
          <Bytes value={sizeBytes} />
          {files !== undefined && (
            <span>
              {countText(files)} {files === 1 ? 'file' : 'files'}
            </span>
          )}
          {step !== undefined && <span>left by the step {step}</span>}
          <span>
            stored <Age at={storedAt} />
          </span>
          {expiresAt !== undefined && (
            <span>
              {isGone(artifact) ? 'expired' : 'expires'} <Age at={expiresAt} />
            </span>
          )}
        </p>
        <p class="artifact-digest">
          <code>sha256:{sha256}</code>
        </p>
      </div>
      {!isGone(artifact) && (
        <div class="actions">
          <a class="button" href={downloadHref(artifact)} download={fileName}>
            <Icon name="download" />
            Download {fileName}
          </a>
          {files !== undefined && (
            <>
              <a class="button" href={browse}>
                Browse files
              </a>
              <a class="button" href={downloadHref(artifact, 'zip')} download>
                As zip
              </a>
            </>
          )}
        </div>
      )}
    </li>
  );
}
