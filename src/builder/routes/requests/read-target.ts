import type { BuildTarget } from '../../build.ts';
import { RouteError } from '../route-error.ts';
import { shown } from './read-json.ts';

/** One part of a repository: below it there is nothing, and before it no registry. */
const REPOSITORY = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const MAX_REPOSITORY = 255;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Whether images of a login can have a name. */
export const isRepository = (login: string): boolean =>
  login.length <= MAX_REPOSITORY && REPOSITORY.test(login);

/** Reads `user:image-tag`. `owner`: the only user it may be. Throws `RouteError`. */
export function readTarget(text: string, owner: string | undefined): BuildTarget {
  const colon = text.indexOf(':');
  if (colon < 0) throw invalid(`expected user:image-tag, found ${shown(text)}`);
  const [repository, tag] = [text.slice(0, colon), text.slice(colon + 1)];
  if (owner !== undefined && repository !== owner)
    throw invalid(`before the colon: expected ${shown(owner)}, who calls, found ${shown(repository)}`);
  if (!isRepository(repository))
    throw invalid(`before the colon: expected lower-case letters and digits, found ${shown(repository)}`);
  if (!TAG.test(tag)) {
    throw invalid(
      `after the colon: expected up to 128 letters, digits and any of _.-, and no . or - first, found ${shown(tag)}`,
    );
  }
  return { repository, tag };
}

const invalid = (detail: string): RouteError =>
  new RouteError(400, 'Invalid target for the build.', { detail: `target: ${detail}` });
