import { Recent } from '../recent.ts';
import { type CouchLocation, openCouchFind } from './couch-find.ts';
import { fingerprintOf, isSameSecret } from './same-secret.ts';
import { type WhiskToken, type WhiskUser, type WhiskUsers, WhiskUsersError } from './whisk-user.ts';

export interface CouchUsersOptions extends CouchLocation {
  /** What the names of the databases begin with. @defaultValue `nuvolaris_` */
  readonly prefix?: string;
  /** Milliseconds, of a clock that only goes forward. */
  readonly clock?: () => number;
}

/** How long somebody who was removed may be taken for a user still. A build's client asks more than once a second. */
const REMEMBERED_MS = 2000;
const REMEMBERED = { maxEntries: 4096, maxCharacters: 1024 * 1024 };

interface Known {
  readonly until: number;
  readonly user: Promise<WhiskUser | undefined>;
}

/**
 * Users as OpenServerless keeps them in a CouchDB: a token belongs to a subject, and a subject has a document with its login
 * and its variables. What was found is remembered for two seconds; what could not be asked is not. Nothing is asked yet.
 */
export async function openCouchUsers(options: CouchUsersOptions): Promise<WhiskUsers & Disposable> {
  const { prefix = 'nuvolaris_', clock = () => performance.now() } = options;
  const { Subject, UserMetadata } = await import('./couch-documents.ts');
  const couch = openCouchFind(options);
  const recent = new Recent<Known>(REMEMBERED);

  async function subjectOf({ uuid, key }: WhiskToken): Promise<string | undefined> {
    const found = await couch.find(`${prefix}subjects`, { namespaces: { $elemMatch: { uuid, key } } });
    const [subject] = found.map((each) => read(Subject.safeParse(each), 'subjects'));
    // What a database takes for the same is not always the same.
    const isOne = subject?.namespaces.some((each) => isSameSecret(each.key, key) && each.uuid === uuid);
    return isOne && subject?.blocked !== true ? subject?.subject : undefined;
  }

  async function userOf(login: string): Promise<WhiskUser | undefined> {
    const [found] = await couch.find(`${prefix}users_metadata`, { login: { $eq: login } });
    if (found === undefined) return undefined;
    const { email, env, userenv, ...user } = read(UserMetadata.safeParse(found), 'users_metadata');
    if (user.login !== login) return undefined; // the same to the database: it compares as people sort
    return {
      login: user.login.toLowerCase(),
      ...(email && { email }),
      env: env ?? {},
      userenv: userenv ?? {},
    };
  }

  async function look(token: WhiskToken): Promise<WhiskUser | undefined> {
    const subject = await subjectOf(token);
    return subject === undefined ? undefined : await userOf(subject);
  }

  return {
    name: couch.url,
    find(token) {
      const name = fingerprintOf(token);
      const known = recent.get(name);
      if (known !== undefined && clock() < known.until) return known.user;
      const user = look(token);
      const entry = { until: clock() + REMEMBERED_MS, user };
      recent.set(name, entry);
      user.catch(() => {
        if (recent.get(name) === entry) recent.delete(name);
      });
      return user;
    },
    findByLogin: (login) => userOf(login),
    async isWell() {
      return await couch.find(`${prefix}users_metadata`, { login: { $eq: '' } }).then(
        () => true,
        () => false,
      );
    },
    [Symbol.dispose]: () => couch[Symbol.dispose](),
  };
}

function read<T>(
  parsed: { readonly success: true; readonly data: T } | { readonly success: false },
  database: string,
): T {
  if (parsed.success) return parsed.data;
  throw new WhiskUsersError(`CouchDB has a document in ${database} that is none of OpenServerless`);
}
