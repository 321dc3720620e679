import type { ListedIn } from '../files/access-file-error.ts';
import { MAX_LIST_BYTES, readPrivate } from '../files/read-private.ts';
import { type ReadList, type WatchedListOptions, watchList } from '../files/watched-list.ts';
import { fingerprintOf } from './same-secret.ts';
import type { WhiskToken, WhiskUser, WhiskUsers } from './whisk-user.ts';

interface KnownUser {
  readonly user: WhiskUser;
  readonly tokens: readonly WhiskToken[];
}

interface Index {
  readonly of: readonly KnownUser[];
  readonly byToken: ReadonlyMap<string, WhiskUser>;
  readonly byLogin: ReadonlyMap<string, WhiskUser>;
}

/**
 * Opens a file of users: a list of `{login, uuid, key, email?, env?, userenv?, namespaces?}`, in YAML or JSON. Once it is
 * changed, what it says counts from the requests of the next second on. Throws `AccessFileError` where it cannot be used at
 * first.
 */
export async function openUserFile(file: string, options: WatchedListOptions): Promise<WhiskUsers> {
  const list = await watchList(() => readUsers(file), options);
  let indexed = index(list.items());
  const current = (): Index => {
    const items = list.items();
    if (items !== indexed.of) indexed = index(items);
    return indexed;
  };
  return {
    name: file,
    find: async (token) => current().byToken.get(fingerprintOf(token)),
    findByLogin: async (login) => current().byLogin.get(login),
    isWell: async () => true, // what was read last counts
  };
}

async function readUsers(file: string): Promise<ReadList<KnownUser>> {
  const listed: ListedIn = { file, what: 'users' };
  const { text, state } = await readPrivate(listed, MAX_LIST_BYTES);
  const { parseUsers } = await import('./parse-users.ts');
  const items = parseUsers(listed, text).map(
    ({ login, email, uuid, key, env, userenv, namespaces = [] }) => ({
      user: {
        login: login.toLowerCase(),
        ...(email !== undefined && { email }),
        ...(env !== undefined && { env }),
        ...(userenv !== undefined && { userenv }),
      },
      tokens: [...(uuid !== undefined && key !== undefined ? [{ uuid, key }] : []), ...namespaces],
    }),
  );
  return { items, files: new Map([[file, state]]) };
}

const index = (users: readonly KnownUser[]): Index => ({
  of: users,
  byToken: new Map(
    users.flatMap(({ user, tokens }) => tokens.map((token) => [fingerprintOf(token), user] as const)),
  ),
  byLogin: new Map(users.map(({ user }) => [user.login, user])),
});
