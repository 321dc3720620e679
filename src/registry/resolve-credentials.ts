import {
  AWS_KEYS,
  AZURE_KEYS,
  type CredentialFields,
  type Expand,
  LOGIN_KEYS,
  readGroup,
} from './credential-fields.ts';
import { type EcrOptions, type Fetch, requestEcrLogin } from './ecr-token.ts';
import { DOCKER_HUB } from './image-name.ts';
import { parseRegistryAddress } from './registry-address.ts';
import { checkedName } from './resolve-image.ts';

/** What it takes to find a login. */
export interface ResolveCredentialsOptions {
  /** What `resolveImage` gave: the credentials are for its registry. */
  readonly image: string;
  /** Fills in the variables of one value. */
  readonly expand: Expand;
  /** A registry that a token is the login for; it wins over all that is written. */
  readonly tokenRegistry?: TokenRegistry | undefined;
  /** Ends the request for a token with `ABORTED`. */
  readonly signal: AbortSignal;
  /**
   * Only `AWS_ENDPOINT_URL_ECR` is read.
   *
   * @defaultValue `process.env`
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue Node's own */
  readonly fetch?: Fetch;
}

/** A registry whose users are known by a token. */
export interface TokenRegistry {
  /** Its host, or its URL with or without `/v1` or `/v2`. */
  readonly address: string;
  readonly token: string;
}

/** A login for an image's registry. */
export interface ResolvedCredentials {
  readonly username: string;
  readonly password: string;
  /** In the form that engines compare with: a host, or Docker Hub's URL. */
  readonly serverAddress: string;
  /** What must never be shown, the password among it. */
  readonly secrets: readonly string[];
}

type Login = Pick<ResolvedCredentials, 'username' | 'password' | 'secrets'>;

const ECR_TIMEOUT_MS = 30_000; // it answers within one second as a rule

// Engines drop Docker Hub's credentials under any other name.
const DOCKER_HUB_ADDRESS = 'https://index.docker.io/v1/';

/**
 * The login for an image: the token of its registry where there is one; else from the AWS values by asking ECR for a token, else from the Azure values, else `username`
 * and `password`. Absent: none are given, or all are empty once expanded. Safe to repeat.
 *
 * Throws `RegistryError`: `INCOMPLETE_CREDENTIALS`, naming the missing keys, where a group is given in part;
 * `INVALID_IMAGE`; and those of the request to ECR: `INVALID_CREDENTIALS`, `INVALID_REGISTRY`, `UNAUTHORIZED`,
 * `UNREACHABLE`, `PROTOCOL`, `ABORTED`.
 */
export async function resolveCredentials(
  fields: CredentialFields,
  options: ResolveCredentialsOptions,
): Promise<ResolvedCredentials | undefined> {
  const login =
    tokenLogin(options) ??
    (await awsLogin(fields, options)) ??
    azureLogin(fields, options.expand) ??
    writtenLogin(fields, options.expand);
  return login && { ...login, serverAddress: serverAddress(options.image) };
}

const TOKEN_USER = 'token';

function tokenLogin({ image, tokenRegistry }: ResolveCredentialsOptions): Login | undefined {
  if (tokenRegistry === undefined || !isAt(image, tokenRegistry.address)) return undefined;
  const { token } = tokenRegistry;
  return { username: TOKEN_USER, password: token, secrets: [token] };
}

/** Whether an image is in the registry at this address. Throws `RegistryError` `INVALID_IMAGE`. */
export function isAt(image: string, address: string): boolean {
  return parseRegistryAddress(address)?.host === checkedName(image).registry;
}

async function awsLogin(
  { aws }: CredentialFields,
  options: ResolveCredentialsOptions,
): Promise<Login | undefined> {
  const keys = readGroup(aws, AWS_KEYS, options.expand);
  if (keys === undefined) return undefined;
  const login = await requestEcrLogin(keys, ecrOptions(options));
  return { ...login, secrets: [login.password, keys.secretKey] };
}

function ecrOptions({ signal, environment, fetch }: ResolveCredentialsOptions): EcrOptions {
  return {
    signal,
    environment: environment ?? process.env,
    fetch: fetch ?? globalThis.fetch,
    timeoutMs: ECR_TIMEOUT_MS,
    at: new Date(),
  };
}

function azureLogin({ azure }: CredentialFields, expand: Expand): Login | undefined {
  const values = readGroup(azure, AZURE_KEYS, expand);
  if (values === undefined) return undefined;
  return { username: values.clientId, password: values.clientSecret, secrets: [values.clientSecret] };
}

function writtenLogin(fields: CredentialFields, expand: Expand): Login | undefined {
  const values = readGroup(fields, LOGIN_KEYS, expand);
  if (values === undefined) return undefined;
  const { username, password } = values;
  if (username !== '_json_key') return { username, password, secrets: [password] };
  const repaired = repairJsonKey(password);
  return { username, password: repaired, secrets: [repaired, password] };
}

/** A key of Google's that went through one more round of quoting has `\\n` for the `\n` in its PEM text. */
function repairJsonKey(password: string): string {
  return password.replaceAll('\\\\n', '\\n');
}

function serverAddress(image: string): string {
  const { registry } = checkedName(image);
  return registry === DOCKER_HUB ? DOCKER_HUB_ADDRESS : registry;
}
