/** A user's name and password at a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads `{"registry": {"username": …, "password": …}}`; `undefined` when it is not that. */
export function loginsIn(text: string): ReadonlyMap<string, RegistryLogin> | undefined {
  const parsed = parseJson(text);
  if (!isObject(parsed)) return undefined;
  const logins = new Map<string, RegistryLogin>();
  for (const [registry, login] of Object.entries(parsed)) {
    if (!isObject(login)) return undefined;
    const { username, password } = login;
    if (typeof username !== 'string' || typeof password !== 'string') return undefined;
    logins.set(registry, { username, password });
  }
  return logins;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
