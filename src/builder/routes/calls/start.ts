import { viewOf } from '../build-view.ts';
import type { Answer } from '../envelope.ts';
import { readStart, StartBody } from '../requests/read-start.ts';
import type { BuilderRoute, RouteCall } from '../route.ts';
import type { RoutesContext } from '../routes-context.ts';
import { BUILD_SCHEMA, ID_SCHEMA, TEXT_SCHEMA } from '../schema.ts';

/** Begins a build. */
export const START: BuilderRoute = {
  name: 'start',
  verb: 'POST',
  path: '/start',
  operatorPath: '',
  about:
    'takes a build and answers at once; its image is there already where the same request made it before',
  input: StartBody,
  gives: { id: ID_SCHEMA, job_name: TEXT_SCHEMA, build: BUILD_SCHEMA },
  isOriginal: true,
  failure: 'Build process failed.',
  handle: start,
};

async function start(
  { principal, body }: RouteCall,
  { builder, rules, strictUserCheck }: RoutesContext,
): Promise<Answer> {
  const { login } = principal;
  const { request, warnings } = readStart(body, strictUserCheck ? login : undefined, rules);
  const owner = login ?? request.target.repository;
  principal.check('create', owner);
  const user = await principal.userOf(owner);
  // Those that are listed were looked at already.
  const sources = principal.seesAll || rules.allowedSources.length > 0 ? 'all' : 'own';
  const build = await builder.start({ ...user, sources }, { ...request, user: owner });
  return {
    message: `Build process initiated successfully. Job: ${build.jobName}`,
    extra: { id: build.id, job_name: build.jobName, build: viewOf(build) },
    warnings,
  };
}
