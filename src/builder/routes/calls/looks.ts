import { z } from 'zod';
import type { Build, BuildState } from '../../build.ts';
import { statusOf, viewOf } from '../build-view.ts';
import type { BuilderRoute } from '../route.ts';
import { RouteError } from '../route-error.ts';
import { BUILD_SCHEMA, ID_SCHEMA, REPORT_SCHEMA, STATUS_SCHEMAS, TEXT_SCHEMA } from '../schema.ts';
import { givenId, knownBuild } from './known-build.ts';

const ANY_ID = /^[^\r\n]{0,128}$/;

/** What became of a build. */
export const STATUS: BuilderRoute = {
  name: 'status',
  verb: 'GET',
  path: '/status',
  operatorPath: '/:id',
  about: 'says where a build is, and what it made',
  query: { id: ANY_ID },
  gives: STATUS_SCHEMAS,
  async handle(call, context) {
    const id = givenId(call.query['id'], 'No id provided for build status.');
    const build = await knownBuild(call, context, { id, action: 'read' });
    return { message: 'Build status retrieved successfully.', extra: statusOf(build) };
  },
};

const STATES = '(?:queued|running|succeeded|failed|cancelled)';

/** The caller's builds. */
export const LIST: BuilderRoute = {
  name: 'list',
  verb: 'GET',
  path: '/list',
  operatorPath: '',
  about: 'lists builds, the newest first',
  query: {
    user: /^[^\r\n]{1,255}$/,
    state: new RegExp(`^${STATES}(?:,${STATES}){0,9}$`),
    limit: /^[1-9]\d{0,3}$/,
    continuationToken: /^[\x21-\x7e]{1,512}$/,
  },
  gives: { builds: z.array(BUILD_SCHEMA), continuationToken: TEXT_SCHEMA.optional() },
  async handle({ principal, query }, { builder }) {
    const user = query['user']?.toLowerCase() ?? principal.login;
    if (user === undefined) principal.checkAll('read');
    else principal.check('read', user);
    const limit = Number(query['limit'] ?? 100);
    if (limit > 1000) throw new RouteError(400, 'Invalid limit.', { detail: 'limit: expected at most 1000' });
    const { state, continuationToken } = query;
    const page = await builder.list({
      limit,
      ...(user !== undefined && { user }),
      // The pattern has only states.
      ...(state !== undefined && { states: [...new Set(state.split(','))] as BuildState[] }),
      ...(continuationToken !== undefined && { continuationToken }),
    });
    return {
      message: 'Builds retrieved successfully.',
      extra: {
        builds: page.builds.map(viewOf),
        ...(page.continuationToken !== undefined && { continuationToken: page.continuationToken }),
      },
    };
  },
};

/** What is in an image. */
export const REPORT: BuilderRoute = {
  name: 'report',
  verb: 'GET',
  path: '/report',
  operatorPath: '/:id/report',
  about: 'lists the packages of an image that was built, and what takes its space',
  query: { id: ANY_ID },
  gives: { report: REPORT_SCHEMA },
  statuses: [200, 404],
  async handle(call, context) {
    const id = givenId(call.query['id'], 'No id provided for build report.');
    const build = await knownBuild(call, context, { id, action: 'read' });
    const report = await context.builder.report(build.id);
    if (report === undefined) throw new RouteError(404, whyNoReport(build));
    return { message: 'Build report retrieved successfully.', extra: { id: build.id, report } };
  },
};

const whyNoReport = ({ state }: Build): string =>
  state === 'succeeded'
    ? 'There is no report of this build.'
    : `There is no report of this build, which is ${state}.`;

const CancelBody = z.object({ id: z.string() });

/** Ends a build. */
export const CANCEL: BuilderRoute = {
  name: 'cancel',
  verb: 'POST',
  path: '/cancel',
  operatorPath: '/:id/cancel',
  about: 'ends a build, and answers when nothing of it goes on; one that has ended stays as it is',
  input: CancelBody,
  gives: { id: ID_SCHEMA, job_name: TEXT_SCHEMA, build: BUILD_SCHEMA },
  async handle(call, context) {
    const body = CancelBody.safeParse(call.body);
    const id = givenId(call.query['id'] ?? body.data?.id, 'No id provided for build cancel.');
    await knownBuild(call, context, { id, action: 'cancel' });
    const build = await context.builder.cancel(id);
    const message = build.state === 'cancelled' ? 'Build cancelled.' : `Build had ended: ${build.state}.`;
    return { message, extra: { id, job_name: build.jobName, build: viewOf(build) } };
  },
};

/** What can be built here. */
export const CAPABILITIES: BuilderRoute = {
  name: 'capabilities',
  verb: 'GET',
  path: '/capabilities',
  operatorPath: '/capabilities',
  about: 'lists the catalogue that `ensure` takes from, and says whether builds can be made now',
  gives: {
    builders: z.array(z.object({ id: z.string(), kind: z.string() })),
    backend: z.object({ isWell: z.boolean(), about: z.string() }),
  },
  async handle(_call, { builder, catalog }) {
    const builders = [...catalog]
      .map(([id, { kind }]) => ({ id, kind }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      message: 'Builder capabilities retrieved',
      extra: { builders, backend: await builder.check() },
    };
  },
};
