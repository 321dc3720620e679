import { z } from 'zod';
import type { ListedIn } from '../files/access-file-error.ts';
import { parseList } from '../files/parse-list.ts';

// Loaded only where there is a file of users: nothing else of this folder needs yaml and zod.

/** Shorter ones can be guessed by trying. */
const MIN_KEY_CHARACTERS = 16;

const half = z
  .string()
  .max(1024)
  .regex(/^[\x21-\x39\x3b-\x7e]+$/, 'expected printable ASCII without colons');
const key = half.min(MIN_KEY_CHARACTERS, `expected at least ${MIN_KEY_CHARACTERS} characters`);

/** A map, or the list that OpenWhisk's own documents have. */
const Variables = z.union(
  [
    z.record(z.string(), z.string('expected a text')),
    z
      .array(z.strictObject({ key: z.string(), value: z.string() }))
      .transform((list) => Object.fromEntries(list.map(({ key: name, value }) => [name, value]))),
  ],
  'expected variables: a map of texts, or a list of {key, value}',
);

const ListedUser = z
  .strictObject({
    /** Its lower case is the repository of the user's images. */
    login: z
      .string()
      .max(255)
      .regex(/^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/, 'expected letters and digits, and ._- between them'),
    email: z.string().max(320).optional(),
    uuid: half.optional(),
    key: key.optional(),
    env: Variables.optional(),
    userenv: Variables.optional(),
    /** More tokens of the same user. */
    namespaces: z.array(z.strictObject({ name: z.string().max(255).optional(), uuid: half, key })).optional(),
  })
  .refine((each) => (each.uuid === undefined) === (each.key === undefined), 'uuid and key go together')
  .refine(
    (each) => each.uuid !== undefined || (each.namespaces?.length ?? 0) > 0,
    'expected uuid and key, or namespaces with theirs',
  );

/** A user as a file has them. */
export type ListedUser = z.infer<typeof ListedUser>;

const List = z.array(ListedUser, 'expected a list of users').superRefine((users, { addIssue }) => {
  const logins = new Set<string>();
  const uuids = new Set<string>();
  const once = (seen: Set<string>, value: string | undefined, path: PropertyKey[]): void => {
    if (value === undefined) return;
    if (seen.has(value)) addIssue({ code: 'custom', path, message: 'this is there twice' });
    seen.add(value);
  };
  for (const [at, { login, uuid, namespaces = [] }] of users.entries()) {
    once(logins, login.toLowerCase(), [at, 'login']);
    once(uuids, uuid, [at, 'uuid']);
    for (const [n, namespace] of namespaces.entries())
      once(uuids, namespace.uuid, [at, 'namespaces', n, 'uuid']);
  }
});

/** Reads the text of a file, YAML or JSON. Throws `AccessFileError` with every mistake, its line and column. */
export const parseUsers = (listed: ListedIn, text: string): readonly ListedUser[] =>
  parseList(listed, text, List);
