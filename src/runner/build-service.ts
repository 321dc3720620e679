import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { newRunId } from '../kernel/index.ts';
import { type BoxSpec, interpolate } from '../pipeline/index.ts';
import type { RunContext } from './context.ts';
import { RunError } from './failure.ts';
import { requireInside } from './fleet.ts';
import type { RunRequest, RunResult } from './request.ts';

const FILE_URL = /^file:\/\/([^#]+)(?:#(.*))?$/;

/**
 * Builds the pipeline that a service names (`url: file://PATH#PIPELINE`) and gives the name of the committed image,
 * which stays on the engine.
 */
export async function buildServiceImage(
  context: RunContext,
  spec: BoxSpec,
  run: (request: RunRequest) => Promise<RunResult>,
): Promise<string> {
  const { request } = context;
  const match = FILE_URL.exec(spec.url ?? '');
  const base = request.source.type === 'folder' ? request.source.folder : context.folder.project;
  if (match === null) {
    throw new RunError({
      reason: 'service',
      message: `the service url "${spec.url}" is not of the form file://PATH#PIPELINE`,
    });
  }
  const folder = resolve(
    base,
    interpolate(match[1] ?? '', (name) => request.hostEnvironment.get(name)),
  );
  await requireInside(request, folder);
  const runId = newRunId();
  const repository = `run-${runId}`;
  const { configFile, definition, deployTarget, checkpoint, fallbackConfigFolder, ...inherited } = request;
  const result = await run({
    ...inherited,
    kind: 'build',
    pipeline: match[2] || 'build',
    runId,
    partOf: request.runId,
    source: { type: 'folder', folder, ownCopy: true },
    application: {
      ...request.application,
      name: `${request.application.name}-service-${randomUUID().slice(0, 8)}`,
    },
    artifacts: false,
    commit: { repository, tag: 'latest' },
  });
  if (result.result === 'passed') return `${repository}:latest`;
  const reason = result.failure?.message ?? result.result;
  throw new RunError({ reason: 'service', message: `the service ${spec.url} could not be built: ${reason}` });
}
