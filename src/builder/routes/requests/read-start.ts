import { z } from 'zod';
import type { BuildRequest, RuntimeKind } from '../../build.ts';
import { RouteError } from '../route-error.ts';
import { expectRequirements } from './check-file.ts';
import { readFile } from './read-file.ts';
import { shown, unknownFields } from './read-json.ts';
import { readSource } from './read-source.ts';
import { readTarget } from './read-target.ts';

// By its order in messages; a Map, since "constructor" is no kind.
const KINDS: ReadonlyMap<string, RuntimeKind> = new Map(
  (['go', 'java', 'nodejs', 'php', 'python', 'ruby', 'dotnet'] as const).map((kind) => [kind, kind]),
);

/** All kinds by their names. */
export const KIND_NAMES: readonly string[] = [...KINDS.keys()];

/** The body of `start`; what else is in it is ignored. */
export const StartBody = z.object({
  source: z.string().meta({ description: 'the image that is extended' }),
  target: z.string().meta({ description: 'user:image-tag, of the caller' }),
  kind: z.string().meta({ description: 'the language of the runtime', enum: [...KIND_NAMES] }),
  file: z.string().optional().meta({ description: 'the requirement file, in base64' }),
  force: z.boolean().optional().meta({ description: 'build although there is an image of the same request' }),
});

/** What a server allows. */
export interface StartRules {
  /** As `isAllowedSource` has them; none: every image. */
  readonly allowedSources: readonly string[];
  /** Of a requirement file, decoded. */
  readonly maxFileBytes: number;
}

/** What somebody asks for, and what of it was not understood. */
export interface ReadStart {
  readonly request: Omit<BuildRequest, 'user'>;
  readonly warnings: readonly string[];
}

/** Reads the body of `start`. `owner`: the only user whose image it may be. Throws `RouteError`. */
export function readStart(body: unknown, owner: string | undefined, rules: StartRules): ReadStart {
  const fields = objectOf(body, 'build');
  for (const name of ['source', 'target', 'kind'] as const) {
    if (!Object.hasOwn(fields, name)) throw new RouteError(400, `No ${name} provided for build.`);
  }
  const parsed = StartBody.safeParse(fields);
  if (!parsed.success) throw wrongType(fields, parsed.error.issues);
  const { source, target, kind, file, force } = parsed.data;
  const readKind = KINDS.get(kind);
  const request = {
    target: readTarget(target, owner),
    source: readSource(source, rules.allowedSources),
  };
  if (readKind === undefined) throw invalidKind(kind);
  const text = file === undefined ? undefined : readFile(file, rules.maxFileBytes);
  if (text !== undefined) expectRequirements(readKind, text);
  return {
    request: {
      ...request,
      kind: readKind,
      ...(text !== undefined && { file: text }),
      ...(force !== undefined && { force }),
    },
    warnings: unknownFields(fields, StartBody.shape),
  };
}

/** A body that is an object; a list is one that has no fields. Throws `RouteError`. */
export function objectOf(body: unknown, what: 'build' | 'cleanup'): object {
  if (body === null) throw new RouteError(400, `No JSON payload provided for ${what}.`);
  if (typeof body === 'object') return body;
  throw new RouteError(400, `The body is not an object.`, {
    detail: `expected an object, found ${shown(body)}`,
  });
}

const invalidKind = (kind: unknown): RouteError =>
  new RouteError(400, 'Invalid kind for the build.', {
    detail: `kind: expected one of ${KIND_NAMES.join(', ')}, found ${shown(kind)}`,
  });

const WRONG: Readonly<Record<string, string>> = {
  source: 'Invalid source for the build.',
  target: 'Invalid target for the build.',
  file: 'Requirements file must be valid base64-encoded data',
  force: 'Invalid force for the build.',
};

/** A field of the wrong type. */
function wrongType(fields: object, issues: readonly z.core.$ZodIssue[]): RouteError {
  const name = String(issues[0]?.path[0]);
  const found: unknown = Reflect.get(fields, name);
  if (name === 'kind') return invalidKind(found);
  const expected = name === 'force' ? 'true or false' : 'a text';
  return new RouteError(400, WRONG[name] ?? 'Invalid field of the build.', {
    detail: `${name}: expected ${expected}, found ${shown(found)}`,
  });
}
