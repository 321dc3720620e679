import type { CommitOptions, ImageConfiguration } from '../engine.ts';
import { EngineError } from '../error.ts';
import { splitReference } from '../reference.ts';
import { requestJson } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { field, readList, readText } from './json.ts';
import { path, query } from './path.ts';

export async function commitContainer(api: ApiClient, id: string, options: CommitOptions): Promise<string> {
  const { reference, author, message, pause } = options;
  const { name, tag } = reference === undefined ? {} : splitReference(reference);
  const what = reference === undefined ? 'an image' : `the image ${reference}`;
  const doing = `make ${what} of the container ${id}`;
  const json = await imageConfig(api, { id, doing, options });
  const answer = await requestJson(api, {
    method: 'POST',
    path: `/commit${query({ container: id, repo: name, tag, author, comment: message, pause })}`,
    doing,
    json,
  });
  return readText(field(answer, 'Id'));
}

interface Commit {
  readonly id: string;
  readonly doing: string;
  readonly options: CommitOptions;
}

/** What is left out here, the engine takes from the container; environments, labels, ports and volumes it merges. */
async function imageConfig(api: ApiClient, commit: Commit): Promise<object> {
  const { configuration = {}, labels } = commit.options;
  return {
    ...(await startConfig(api, commit, configuration)),
    Env: configuration.environment,
    Labels: { ...configuration.labels, ...labels },
    User: configuration.user,
    ExposedPorts: configuration.exposedPorts && keys(configuration.exposedPorts),
    Volumes: configuration.volumes && keys(configuration.volumes),
    WorkingDir: configuration.workingDir,
    StopSignal: configuration.stopSignal,
  };
}

/** The engine forgets the container's command beside a new entrypoint: both are sent, or none. */
async function startConfig(
  api: ApiClient,
  { id, doing }: Commit,
  { entrypoint, command }: ImageConfiguration,
): Promise<object> {
  if (!entrypoint && !command) return {};
  const container = await requestJson(api, { method: 'GET', path: path`/containers/${id}/json`, doing });
  const config = field(container, 'Config');
  const all = {
    Entrypoint: entrypoint ?? readList(field(config, 'Entrypoint'), readText),
    Cmd: command ?? readList(field(config, 'Cmd'), readText),
  };
  if (all.Entrypoint.length + all.Cmd.length > 0) return all;
  throw new EngineError('INVALID', `cannot ${doing}: it would have neither an entrypoint nor a command`);
}

const keys = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, {}]));
