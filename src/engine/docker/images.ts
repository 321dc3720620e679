import type { CommitOptions, ImageDetails } from '../engine.ts';
import { splitReference } from '../reference.ts';
import { requestDone, requestJson, requestJsonIfPresent } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, optional, readKeys, readList, readMap, readText } from './json.ts';
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
    architecture: readText(field(image, 'Architecture')),
    os: readText(field(image, 'Os')),
    entrypoint: readList(field(config, 'Entrypoint'), readText),
    command: readList(field(config, 'Cmd'), readText),
    user: optional(field(config, 'User'), readText) ?? '',
    environment: readList(field(config, 'Env'), readText),
    exposedPorts: readKeys(field(config, 'ExposedPorts')),
    labels: readMap(field(config, 'Labels'), readText),
  };
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

export async function commitContainer(api: ApiClient, id: string, options: CommitOptions): Promise<string> {
  const { reference, author, message, labels } = options;
  const { name, tag } = splitReference(reference);
  const answer = await requestJson(api, {
    method: 'POST',
    path: `/commit${query({ container: id, repo: name, tag, author, comment: message })}`,
    doing: `make the image ${reference} of the container ${id}`,
    // What the configuration here leaves out, the engine takes from the container.
    ...(labels && { json: { Labels: labels } }),
  });
  return readText(field(answer, 'Id'));
}
