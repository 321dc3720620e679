import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunId, type RunEvent } from '../../src/kernel/index.ts';
import type { RunRequest } from '../../src/runner/index.ts';

const NO_GIT = { domain: '', owner: 'me', repository: '', branch: '', tag: '', commit: '' };

/** A project in a temporary folder and what it takes to run it in this process; dispose it to remove the folder. */
export interface ProjectRun extends Disposable {
  readonly folder: string;
  readonly request: (changes?: Partial<RunRequest>) => RunRequest;
  readonly events: RunEvent[];
  /** What the steps printed so far. */
  readonly output: () => string;
}

export function createProjectRun(wercker: string): ProjectRun {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-project-'));
  writeFileSync(join(folder, 'wercker.yml'), wercker);
  const events: RunEvent[] = [];
  return {
    folder,
    events,
    output: () =>
      events
        .flatMap((event) => (event.type === 'step-output' ? [event.bytes.toString('utf8')] : []))
        .join(''),
    request: (changes = {}) => ({
      kind: 'build',
      pipeline: 'build',
      runId: newRunId(),
      source: { type: 'folder', folder },
      workingDir: join(folder, '.wercker'),
      currentFolder: folder,
      application: { id: 'app', name: 'app', ownerName: 'me', startedByName: 'me' },
      git: NO_GIT,
      hostEnvironment: new Map(),
      baseUrl: 'https://slipway.test',
      stepRegistry: { url: 'http://127.0.0.1:9', allowFolders: true },
      images: { pull: 'missing' },
      box: {
        directMount: false,
        readOnlyMounts: false,
        lastBuildBox: false,
        exposePorts: false,
        enableVolumes: false,
        publish: [],
        dns: [],
      },
      limits: {
        commandTimeoutMinutes: 1,
        noResponseTimeoutMinutes: 1,
        artifactBytes: 2 ** 20,
        cacheBytes: 2 ** 20,
      },
      sourceDir: '',
      artifacts: false,
      noRemove: false,
      afterStepsOnInterrupt: false,
      ...changes,
    }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
