import { z } from 'zod';
import type { Answer } from '../envelope.ts';
import { CleanupBody, readCleanup } from '../requests/read-cleanup.ts';
import type { BuilderRoute, RouteCall } from '../route.ts';
import { RouteError } from '../route-error.ts';
import type { RoutesContext } from '../routes-context.ts';

/** Forgets builds. */
export const CLEANUP: BuilderRoute = {
  name: 'cleanup',
  verb: 'POST',
  path: '/cleanup',
  operatorPath: '/cleanup',
  about: 'removes what is known of builds that ended long ago; images stay, and so do builds that go on',
  input: CleanupBody,
  gives: { removed: z.int() },
  isOriginal: true,
  failure: 'Failed to clean up old build jobs.',
  handle: cleanup,
};

async function cleanup({ principal, body }: RouteCall, { builder }: RoutesContext): Promise<Answer> {
  const { maxAgeMs, user = principal.login, warnings } = readCleanup(body);
  if (principal.login !== undefined && user !== principal.login)
    throw new RouteError(400, 'Invalid user for the cleanup.', { detail: 'user: expected who calls' });
  if (user === undefined) principal.checkAll('cancel');
  else principal.check('cancel', user);
  let removed = 0;
  for (const each of user === undefined ? await usersOf(builder) : [user])
    removed += await builder.cleanUp(each, maxAgeMs);
  return { message: `Cleaned up ${removed} jobs successfully.`, extra: { removed }, warnings };
}

const PAGE = 1000;

/** Everybody who has builds. */
async function usersOf(builder: RoutesContext['builder']): Promise<Set<string>> {
  const users = new Set<string>();
  let next: { readonly continuationToken?: string } = {};
  do {
    const { builds, continuationToken } = await builder.list({ limit: PAGE, ...next });
    for (const { user } of builds) users.add(user);
    next = continuationToken === undefined ? {} : { continuationToken };
  } while (next.continuationToken !== undefined);
  return users;
}
