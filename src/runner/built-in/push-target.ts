import type { RegistryCredentials } from '../../engine/index.ts';
import {
  type CredentialFields,
  formatImageName,
  type ImageName,
  isAt,
  parseImageName,
  resolveCredentials,
  resolveImage,
} from '../../registry/index.ts';
import type { RunContext } from '../context.ts';
import { RunError } from '../failure.ts';
import { type TokenContext, tokenRegistry } from '../prepare-image.ts';
import type { StepValues } from './step-values.ts';

/** Where a step pushes to. */
export interface PushTarget {
  /** `registry:port/path:tag` each; at least one. */
  readonly references: readonly [string, ...string[]];
  /** Asks for a token where it has to; `undefined` where the registry is asked without a login. */
  readonly login: () => Promise<RegistryCredentials | undefined>;
}

/** What a step says of its registry, as written. */
export function credentialFields(written: ReadonlyMap<string, string>): CredentialFields {
  const fields = <Name extends string>(keys: Readonly<Record<Name, string>>): { [N in Name]?: string } => {
    const given: { [N in Name]?: string } = {};
    for (const name in keys) {
      const value = written.get(keys[name]);
      if (value !== undefined) given[name] = value;
    }
    return given;
  };
  return {
    ...fields({ username: 'username', password: 'password', registry: 'registry' }),
    aws: fields({
      accessKey: 'aws-access-key',
      secretKey: 'aws-secret-key',
      region: 'aws-region',
      registryId: 'aws-registry-id',
    }),
    azure: fields({
      clientId: 'azure-client-id',
      clientSecret: 'azure-client-secret',
      loginServer: 'azure-login-server',
    }),
  };
}

/** What it takes to know: less than a whole run. */
export interface PushContext extends Pick<RunContext, 'redactor' | 'notice'> {
  readonly request: TokenContext['request'] & {
    readonly git: Pick<RunContext['request']['git'], 'branch' | 'commit'>;
  };
}

export interface PushTargetOptions {
  readonly values: StepValues;
  readonly fields: CredentialFields;
  readonly signal: AbortSignal;
}

/** The names that an image gets, and the login for their registry. Throws `RunError` and `RegistryError`. */
export function pushTarget(context: PushContext, options: PushTargetOptions): PushTarget {
  const { values, fields, signal } = options;
  const { expand } = values;
  const onNotice = (text: string): void => context.notice('warning', text);
  const image = resolveImage(values.required('repository'), fields, { expand, onNotice });
  const name = nameOf(image);
  const tags = tagsFor(context, name, values);
  const [first = 'latest', ...others] = new Set(tags);
  const referenceOf = (tag: string): string => checkedReference(`${withoutTag(image)}:${tag}`, tag);
  return {
    references: [referenceOf(first), ...others.map(referenceOf)],
    login: async () => {
      const registry = tokenRegistry(context);
      const login = await resolveCredentials(fields, { image, expand, signal, tokenRegistry: registry });
      for (const secret of login?.secrets ?? []) context.redactor.add(secret);
      return login;
    },
  };
}

function nameOf(image: string): ImageName {
  const parsed = parseImageName(image);
  if (!parsed.ok) throw new Error(`${image} was resolved and is no name: ${parsed.error.reason}`);
  if (parsed.value.digest === undefined) return parsed.value;
  throw new RunError({
    reason: 'step-failed',
    message: `"repository" names one image by its digest, ${parsed.value.digest}, which nothing can be pushed to`,
    hint: 'leave the digest out and write a `tag`',
  });
}

/** Of a name without a digest. */
const withoutTag = (image: string): string => image.replace(/:[^/:]*$/, '');

/** What the step says; else what stands in the repository; else what is usual. */
function tagsFor({ request }: PushContext, name: ImageName, values: StepValues): string[] {
  const given = values.list('tag');
  if (given.length > 0) return given;
  if (name.tag !== undefined) return [name.tag];
  const { containerRegistry, git } = request;
  const own = containerRegistry !== undefined && isAt(formatImageName(name), containerRegistry);
  if (!own || git.branch === '' || git.commit === '') return ['latest'];
  return ['latest', `${git.branch.replace(/[^\w.-]/g, '_')}-${git.commit}`];
}

function checkedReference(reference: string, tag: string): string {
  const parsed = parseImageName(reference);
  if (parsed.ok && parsed.value.tag === tag) return reference;
  const reason = parsed.ok ? '' : `: ${parsed.error.reason}`;
  throw new RunError({
    reason: 'step-failed',
    message: `${JSON.stringify(tag.slice(0, 100))} in "tag" cannot be an image's tag${reason}`,
  });
}
