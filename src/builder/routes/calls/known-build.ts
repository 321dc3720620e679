import type { Build } from '../../build.ts';
import { type Action, notFound } from '../principal.ts';
import type { RouteCall } from '../route.ts';
import { RouteError } from '../route-error.ts';
import type { RoutesContext } from '../routes-context.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An id that is given, whatever it names. Throws `RouteError`. */
export function givenId(id: unknown, message: string): string {
  if (typeof id === 'string' && id !== '') return id;
  throw new RouteError(400, message);
}

/** The build of an id, if the caller may do that with it. Throws `RouteError`. */
export async function knownBuild(
  { principal }: RouteCall,
  { builder }: RoutesContext,
  { id, action }: { readonly id: string; readonly action: Action },
): Promise<Build> {
  // Only by its id: a content key is for `ensure`.
  const build = UUID.test(id) ? await builder.find(id, principal.login) : undefined;
  if (build === undefined) throw notFound();
  principal.check(action, build.user);
  return build;
}
