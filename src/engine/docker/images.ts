import type { ImageDetails, ImageFilter, ImageSummary } from '../engine.ts';
import { splitReference } from '../reference.ts';
import { requestDone, requestJson, requestJsonIfPresent } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, type Json, optional, readKeys, readList, readMap, readNumber, readText } from './json.ts';
import { path, query } from './path.ts';

export async function inspectImage(api: ApiClient, reference: string): Promise<ImageDetails | undefined> {
  const image = await requestJsonIfPresent(api, {
    method: 'GET',
    path: path`/images/${reference}/json`,
    doing: `inspect the image ${reference}`,
  });
  if (image === undefined) return undefined;
  const config = field(image, 'Config');
  return {
    id: readText(field(image, 'Id')),
    references: readNames(field(image, 'RepoTags')),
    digests: readList(field(image, 'RepoDigests'), readText),
    architecture: readText(field(image, 'Architecture')),
    os: readText(field(image, 'Os')),
    entrypoint: readList(field(config, 'Entrypoint'), readText),
    command: readList(field(config, 'Cmd'), readText),
    user: optional(field(config, 'User'), readText) ?? '',
    environment: readList(field(config, 'Env'), readText),
    exposedPorts: readKeys(field(config, 'ExposedPorts')),
    labels: readMap(field(config, 'Labels'), readText),
    ...optional(field(config, 'Healthcheck'), readHealthCheck),
    sizeBytes: readNumber(field(image, 'Size')),
    createdAt: optional(field(image, 'Created'), readTime) ?? 0,
    ...readNamedAt(field(image, 'Metadata')),
  };
}

export async function listImages(api: ApiClient, { label, reference }: ImageFilter): Promise<ImageSummary[]> {
  const filters = {
    ...(label !== undefined && { label: [label] }),
    ...(reference !== undefined && { reference: [reference] }),
  };
  const answer = await requestJson(api, {
    method: 'GET',
    path: `/images/json${query({ filters })}`,
    doing: `list the images ${Object.values(filters).flat().join(', ')}`,
  });
  return readList(answer, readSummary)
    .flatMap((image) => (reference === undefined ? [image] : named(image, reference)))
    .sort((one, other) => other.createdAt - one.createdAt);
}

/** Some engines also tell the other names of an image, and take a name for a beginning. */
function named(image: ImageSummary, reference: string): ImageSummary[] {
  const references = image.references.filter(
    (name) => name === reference || splitReference(name).name === reference,
  );
  return references.length === 0 ? [] : [{ ...image, references }];
}

export async function tagImage(api: ApiClient, source: string, target: string): Promise<void> {
  const { name, tag } = splitReference(target);
  await requestDone(api, {
    method: 'POST',
    path: path`/images/${source}/tag` + query({ repo: name, tag }),
    doing: `name the image ${source} also ${target}`,
  });
}

export async function removeImage(api: ApiClient, reference: string): Promise<void> {
  const call = {
    method: 'DELETE',
    path: path`/images/${reference}`,
    doing: `remove the image ${reference}`,
  } as const;
  await requestDone(api, call, { fine: [404] });
}

/** Absent where an image switches its parent's off. */
function readHealthCheck(check: Json): Pick<ImageDetails, 'healthCheck'> {
  const healthCheck = readList(field(check, 'Test'), readText);
  return healthCheck.length === 0 || healthCheck[0] === 'NONE' ? {} : { healthCheck };
}

/** Without a name it is a time before the epoch. */
function readNamedAt(metadata: Json): Pick<ImageDetails, 'namedAt'> {
  const last = optional(metadata, (present) => optional(field(present, 'LastTagTime'), readTime));
  return last ? { namedAt: last } : {};
}

/** Images without a date have one before the epoch, or an empty one. */
function readTime(json: Json): number {
  const time = Date.parse(readText(json));
  return Number.isNaN(time) ? 0 : Math.max(0, time);
}

function readSummary(image: Json): ImageSummary {
  return {
    id: readText(field(image, 'Id')),
    references: readNames(field(image, 'RepoTags')),
    labels: readMap(field(image, 'Labels'), readText),
    sizeBytes: readNumber(field(image, 'Size')),
    createdAt: readNumber(field(image, 'Created')) * 1000,
  };
}

/** Old engines give an image without a name the name of none. */
function readNames(names: Json): string[] {
  return readList(names, readText).filter((name) => name !== '<none>:<none>');
}
