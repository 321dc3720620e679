import { z } from 'zod';
import { ensuredAnswer, ensuredOf } from '../build-view.ts';
import type { Answer } from '../envelope.ts';
import { EnsureBody, readEnsure } from '../requests/read-ensure.ts';
import { isRepository } from '../requests/read-target.ts';
import type { BuilderRoute, RouteCall } from '../route.ts';
import { RouteError } from '../route-error.ts';
import type { RoutesContext } from '../routes-context.ts';
import { BUILD_SCHEMA, TEXT_SCHEMA } from '../schema.ts';

const KEY = /^[0-9a-f]{64}$/;

const GIVES = {
  id: z.string().regex(KEY),
  job_name: TEXT_SCHEMA,
  state: z.enum(['queued', 'running', 'succeeded', 'failed']),
  image: z.string().nullable(),
  build: BUILD_SCHEMA,
};
const STATUSES = [200, 202, 409];

/** Builds by what an image is made of. */
export const ENSURE: BuilderRoute = {
  name: 'ensure',
  verb: 'POST',
  path: '/ensure',
  operatorPath: '/ensure',
  about:
    'gives the image of an entry of the catalogue and a requirement file, and begins to build it where there is none',
  input: EnsureBody,
  gives: GIVES,
  statuses: STATUSES,
  handle: ensure,
};

async function ensure({ principal, body }: RouteCall, { builder, catalog }: RoutesContext): Promise<Answer> {
  const { request, user = principal.login, warnings } = readEnsure(body, catalog);
  if (user === undefined || (principal.login !== undefined && user !== principal.login))
    throw new RouteError(400, 'Invalid user for the build.', {
      detail: 'user: expected whose image it is to be',
    });
  if (!isRepository(user)) throw new RouteError(401, 'Authenticated namespace not found');
  principal.check('create', user);
  const { login } = await principal.userOf(user);
  // Which registry these images go to, and what they extend, is the operator's to say, for all users.
  const build = await builder.ensure({ login, environment: {}, sources: 'all' }, request);
  return { ...ensuredAnswer(build), extra: ensuredOf(build), warnings };
}

/** Where such a build is. */
export const ENSURED: BuilderRoute = {
  name: 'ensured',
  verb: 'GET',
  path: '/:key',
  operatorPath: '/keys/:key',
  about: 'says where the build of a content key is, as `ensure` gave it',
  gives: GIVES,
  statuses: [...STATUSES, 404],
  async handle({ principal, query: { key = '' } }, { builder }) {
    if (!KEY.test(key)) throw new RouteError(400, 'Invalid build id');
    const build = await builder.find(key, principal.login);
    if (build === undefined) throw new RouteError(404, 'Build not found');
    principal.check('read', build.user);
    return { ...ensuredAnswer(build), extra: ensuredOf(build) };
  },
};
