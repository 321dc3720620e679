import { RegistryError } from './error.ts';

/**
 * What a box or service says of its registry. Each value is as written and may hold variables; a value that is empty
 * once they are filled in counts as not given.
 */
export interface CredentialFields {
  readonly username?: string;
  readonly password?: string;
  /** Host, or URL with or without `/v1` or `/v2`. */
  readonly registry?: string;
  readonly aws?: {
    readonly accessKey?: string;
    readonly secretKey?: string;
    readonly region?: string;
    readonly registryId?: string;
  };
  /** Only what a pull needs. */
  readonly azure?: {
    readonly clientId?: string;
    readonly clientSecret?: string;
    readonly loginServer?: string;
  };
}

/** Fills in the variables of a value. */
export type Expand = (text: string) => string;

/** Values that only make sense together, by the keys that people write for them. */
type Keys<Field extends string> = Readonly<Record<Field, string>>;

export const LOGIN_KEYS = { username: 'username', password: 'password' } as const;

export const AWS_PLACE_KEYS = { region: 'aws-region', registryId: 'aws-registry-id' } as const;

export const AWS_KEYS = {
  accessKey: 'aws-access-key',
  secretKey: 'aws-secret-key',
  ...AWS_PLACE_KEYS,
} as const;

export const AZURE_PLACE_KEYS = { loginServer: 'azure-login-server' } as const;

export const AZURE_KEYS = {
  clientId: 'azure-client-id',
  clientSecret: 'azure-client-secret',
  ...AZURE_PLACE_KEYS,
} as const;

/**
 * The values of a group, expanded. Absent: none is given. Throws `INCOMPLETE_CREDENTIALS`, naming the missing keys,
 * where only some are.
 */
export function readGroup<Field extends string>(
  values: NoInfer<{ readonly [Name in Field]?: string }> | undefined,
  keys: Keys<Field>,
  expand: Expand,
): Record<Field, string> | undefined {
  const read: { [Name in Field]?: string } = {};
  for (const field in keys) read[field] = expandField(values?.[field], expand);
  if (isComplete(read, keys)) return read;
  const isGiven = (field: Field): boolean => (read[field] ?? '') !== '';
  if (!fieldsOf(keys).some(isGiven)) return undefined;
  const missing = fieldsOf(keys).filter((field) => !isGiven(field));
  const reasons = missing.map((field) =>
    values?.[field] === undefined
      ? `"${keys[field]}" is not given`
      : `"${keys[field]}" is empty after its variables are filled in`,
  );
  throw new RegistryError(
    'INCOMPLETE_CREDENTIALS',
    `the box’s credentials are not complete: ${reasons.join(', ')}`,
  );
}

/** One value, expanded; empty: it is not given. */
export function expandField(value: string | undefined, expand: Expand): string {
  return value === undefined ? '' : expand(value);
}

function isComplete<Field extends string>(
  read: { readonly [Name in Field]?: string },
  keys: Keys<Field>,
): read is Record<Field, string> {
  return fieldsOf(keys).every((field) => (read[field] ?? '') !== '');
}

function fieldsOf<Field extends string>(keys: Keys<Field>): Field[] {
  const fields: Field[] = [];
  for (const field in keys) fields.push(field);
  return fields;
}
