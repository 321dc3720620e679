import { z } from 'zod';
import type { ListedIn } from '../files/access-file-error.ts';
import { parseList } from '../files/parse-list.ts';
import { ROLE_NAMES } from '../roles/roles.ts';
import { isScope } from '../scopes/scope-set.ts';
import { ISSUER_ID } from '../server-keys.ts';

// Loaded only where there is a file of clients: nothing else of this folder needs yaml and zod.

/** Shorter ones can be guessed by trying. */
export const MIN_TOKEN_CHARACTERS = 16;
const RESERVED: readonly string[] = ['anonymous', ISSUER_ID];

const clientId = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9!@/:.+|_-]+$/, 'expected letters, digits and any of !@/:.+|_-')
  .refine((id) => !RESERVED.includes(id), 'this name is the server’s own');

const ListedClient = z
  .strictObject({
    clientId,
    accessToken: z
      .string()
      .min(MIN_TOKEN_CHARACTERS, `expected at least ${MIN_TOKEN_CHARACTERS} characters`)
      .optional(),
    /** In the place of `accessToken`, and relative to the file. */
    accessTokenFile: z.string().min(1).optional(),
    scopes: z
      .array(z.string().refine(isScope, 'expected printable ASCII'), 'expected a list of scopes')
      .optional(),
    /** What it brings comes to the scopes that are listed. */
    role: z.enum(ROLE_NAMES, `expected one of ${ROLE_NAMES.join(', ')}`).optional(),
    expires: z.iso
      .datetime({ offset: true, error: 'expected a moment such as 2030-01-31T12:00:00Z' })
      .optional(),
  })
  .refine(
    (each) => (each.accessToken === undefined) !== (each.accessTokenFile === undefined),
    'expected either accessToken or accessTokenFile',
  )
  .refine(
    (each) => each.scopes !== undefined || each.role !== undefined,
    'expected scopes, a role, or both: what the client may',
  );

/** A client as a file has it: its token may be in another file. */
export type ListedClient = z.infer<typeof ListedClient>;

const List = z.array(ListedClient, 'expected a list of clients').superRefine((clients, { addIssue }) => {
  const seen = new Set<string>();
  for (const [at, { clientId: id }] of clients.entries()) {
    if (seen.has(id)) addIssue({ code: 'custom', path: [at, 'clientId'], message: `${id} is there twice` });
    seen.add(id);
  }
});

/** Reads the text of a file, YAML or JSON. Throws `AccessFileError` with every mistake, its line and column. */
export const parseClients = (listed: ListedIn, text: string): readonly ListedClient[] =>
  parseList(listed, text, List);
