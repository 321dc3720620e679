import type { TLSSocket } from 'node:tls';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { openRunCatalog, type RunLogKind } from '../../artifacts/index.ts';
import { answerDownload, type DownloadMeter, untilGone } from '../answer-download.ts';
import { type Access, type AskedRequest, authorize } from '../links/authorize.ts';
import { DownloadRefusal } from '../refusal.ts';
import { folderChildren } from './folder-children.ts';
import { renderFolderPage } from './folder-page.ts';
import { mainArtifact } from './main-artifact.ts';
import { findArtifact, findRecord, openAsked, openTar, type RunStores } from './open-asked.ts';
import { PAGE_POLICY } from './page.ts';
import { artifactPath } from './paths.ts';
import { linkRefused, nothingHere } from './refusals.ts';
import { describeRun } from './run-answer.ts';
import { answerRunLog, type RunLogsServed } from './run-log.ts';
import { renderRunPage } from './run-page.ts';
import { claimOf, type RunAsked, readRunAsked } from './run-request.ts';
import { renderRunsPage } from './runs-page.ts';
import { VIEW_POLICY, viewType } from './viewable.ts';

export interface RunRoutesOptions extends RunStores {
  readonly access: Access;
  readonly meter: DownloadMeter;
  /** Logs of runs on this machine. Absent: there are none. */
  readonly runLogs?: RunLogsServed;
  /** @defaultValue as `answerDownload` has it */
  readonly stallTimeoutMs?: number;
}

interface Names {
  readonly runId?: string;
  readonly name?: string;
}

const LISTED = 50;
const MAX_LISTED = 500;

/**
 * Downloads by run, and the pages that lead to them:
 *
 * - `GET /api/v1/runs`, `/api/v1/runs/ID`: what is known of runs, as JSON
 * - `GET /api/v1/runs/ID/log`, `/api/v1/runs/ID/events` `[?start=BYTE][&follow=false]`: its log, and its events, as they grow
 * - `GET /api/v1/runs/ID/artifact[?as=zip|tar|tar.gz]`: leads to the artifact that the run is for
 * - `GET /api/v1/runs/ID/artifacts/NAME[?path=FILE][&as=zip|tar|tar.gz][&view=1]`: bytes
 * - `GET /runs`, `/runs/ID`, `/runs/ID/artifacts/NAME[?path=FOLDER]`: pages
 *
 * All of them ask for a signed link (`expires`, `signature`), a token, or who may see all runs first, and say the same of what is not there and
 * of what may not be seen.
 */
export const runRoutes =
  (options: RunRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    const json = { config: { errors: 'json' as const } };
    app.get('/api/v1/runs', json, (request, reply) => listRuns(options, request, reply));
    app.get('/api/v1/runs/:runId', json, (request, reply) => answerRun(options, request, reply));
    for (const kind of ['log', 'events'] as const) {
      const config = { ...json.config, takesItsTime: true, isQuiet: true };
      app.get(`/api/v1/runs/:runId/${kind}`, { config }, (request, reply) =>
        answerLog(options, request, reply, kind),
      );
    }
    app.get('/api/v1/runs/:runId/artifact', json, (request, reply) =>
      leadToArtifact(options, request, reply),
    );
    app.get('/api/v1/runs/:runId/artifacts/:name', json, (request, reply) =>
      answerArtifact(options, request, reply),
    );
    app.get('/', (_request, reply) => reply.redirect('/runs'));
    app.get('/runs', (request, reply) => showRuns(options, request, reply));
    app.get('/runs/:runId', (request, reply) => showRun(options, request, reply));
    app.get('/runs/:runId/artifacts/:name', (request, reply) => showFolder(options, request, reply));
  };

/** Reads what a request asks, and throws where it may not have it: before anything is looked for. */
function letIn({ access, now }: RunRoutesOptions, request: FastifyRequest): RunAsked {
  const asked = readRunAsked(request.url, request.params as Names); // the route's own pattern names them
  const refused = authorize(access, claimOf(asked, request.headers.authorization), now());
  if (refused === undefined) return asked;
  // Whoever follows a link that is no good any more may be somebody who needs none. A token is for links alone.
  const hasToken = /^Bearer /i.test(request.headers.authorization ?? '');
  if (!hasToken && access.mayRead?.(asSent(request)) === true) return asked;
  throw linkRefused(refused);
}

const asSent = ({ raw }: FastifyRequest): AskedRequest => ({
  method: raw.method ?? '',
  url: raw.url ?? '',
  headers: raw.headers,
  isTls: (raw.socket as Partial<TLSSocket>).encrypted === true, // absent on a plain socket
});

function limitOf(asked: RunAsked): number {
  const text = asked.parameters.get('limit') ?? String(LISTED);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LISTED) return limit;
  throw new DownloadRefusal('BAD_REQUEST', `limit= takes a number from 1 to ${MAX_LISTED}`);
}

async function readPage(options: RunRoutesOptions, asked: RunAsked, reply: FastifyReply) {
  const after = asked.parameters.get('after');
  const applicationId = asked.parameters.get('application');
  return await openRunCatalog(options.stores[0]).list({
    limit: limitOf(asked),
    signal: untilGone(reply),
    ...(after !== undefined && { after }),
    ...(applicationId !== undefined && { applicationId }),
  });
}

async function listRuns(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { runs, damaged, next } = await readPage(options, letIn(options, request), reply);
  return {
    runs: runs.map((record) => describeRun(record, {})),
    damaged,
    ...(next !== undefined && { next }),
  };
}

async function answerRun(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { runId = '', carried } = letIn(options, request);
  return describeRun(await findRecord(options, runId, untilGone(reply)), carried);
}

async function answerLog(
  options: RunRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  kind: RunLogKind,
) {
  const { runId = '', parameters } = letIn(options, request);
  const record = await findRecord(options, runId, untilGone(reply));
  const { runLogs, meter, stallTimeoutMs } = options;
  if (runLogs === undefined) throw nothingHere();
  const stalls = stallTimeoutMs === undefined ? {} : { stallTimeoutMs };
  return await answerRunLog({ request, reply, record, kind, parameters }, runLogs, { meter, ...stalls });
}

async function leadToArtifact(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { runId = '', query, carried } = letIn(options, request);
  const artifact = mainArtifact(await findRecord(options, runId, untilGone(reply)));
  if (artifact === undefined) throw nothingHere();
  const address = artifactPath(runId, artifact.name, query, carried);
  return reply.header('cache-control', 'private, no-cache').redirect(address, 302);
}

async function answerArtifact(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const asked = letIn(options, request);
  const { runId = '', name = '', query } = asked;
  const signal = untilGone(reply);
  const found = await findArtifact(options, { runId, name }, signal);
  const { content, source } = await openAsked(options, found, query, signal);
  await answerDownload({
    request,
    reply,
    content,
    source,
    meter: options.meter,
    headers: { 'Cache-Control': 'private, no-cache' },
    ...(options.stallTimeoutMs !== undefined && { stallTimeoutMs: options.stallTimeoutMs }),
    ...viewing(query.view ? content.fileName : undefined),
  });
}

/** How a file is shown in the browser that asks to see it, where its name says that this is safe. */
function viewing(fileName: string | undefined) {
  const type = fileName === undefined ? undefined : viewType(fileName);
  if (type === undefined) return {};
  const headers = {
    'Cache-Control': 'private, no-cache',
    'Content-Type': type,
    'Content-Security-Policy': VIEW_POLICY,
  };
  return { disposition: 'inline' as const, headers };
}

const sendPage = (reply: FastifyReply, text: string): FastifyReply =>
  reply
    .type('text/html; charset=utf-8')
    .header('Content-Security-Policy', PAGE_POLICY)
    .header('Cache-Control', 'private, no-cache')
    .send(text);

async function showRuns(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { runs, next } = await readPage(options, letIn(options, request), reply);
  const older = next === undefined ? undefined : `/runs?after=${encodeURIComponent(next)}`;
  return sendPage(reply, renderRunsPage(runs, older));
}

async function showRun(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { runId = '', carried } = letIn(options, request);
  const record = await findRecord(options, runId, untilGone(reply));
  return sendPage(reply, renderRunPage(record, carried, options.now()));
}

async function showFolder(options: RunRoutesOptions, request: FastifyRequest, reply: FastifyReply) {
  const { runId = '', name = '', query, carried } = letIn(options, request);
  const signal = untilGone(reply);
  const found = await findArtifact(options, { runId, name }, signal);
  const { entries } = await openTar(options, found, signal);
  const folder = (query.path ?? '').replace(/^\/+|\/+$/g, '');
  const children = folderChildren(entries, folder);
  if (children === undefined) throw nothingHere();
  const { fileName } = found.artifact;
  return sendPage(
    reply,
    renderFolderPage({ manifest: { runId, name, fileName }, folder, children, carried }),
  );
}
