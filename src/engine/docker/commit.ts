import type { CommitOptions, ImageConfiguration } from '../engine.ts';
import { EngineError } from '../error.ts';
import { splitReference } from '../reference.ts';
import { requestJson } from './answer.ts';
import type { ApiClient } from './api-client.ts';
import { commitChanges } from './commit-changes.ts';
import { field, readList, readText } from './json.ts';
import { path, query } from './path.ts';
import { isPodman } from './ping.ts';

export async function commitContainer(api: ApiClient, id: string, options: CommitOptions): Promise<string> {
  const { reference, author, message, pause, configuration = {} } = options;
  const { name, tag } = reference === undefined ? {} : splitReference(reference);
  const what = reference === undefined ? 'an image' : `the image ${reference}`;
  const doing = `make ${what} of the container ${id}`;
  const start = await startConfiguration(api, { id, doing, configuration });
  const labels = { ...configuration.labels, ...options.labels };
  const all = { ...configuration, ...start, labels };
  const podman = await isPodman(api);
  const answer = await requestJson(api, {
    method: 'POST',
    path: `/commit${query({
      container: id,
      repo: name,
      tag,
      author,
      comment: message,
      pause,
      changes: podman ? commitChanges(all) : undefined,
    })}`,
    doing,
    // Podman wants a body, and does not look at it.
    json: podman ? {} : imageConfig(all),
  });
  // Podman leaves the algorithm out.
  return readText(field(answer, 'Id')).replace(/^(?=[0-9a-f]{64}$)/, 'sha256:');
}

/** What is left out here, the engine takes from the container; environments, labels, ports and volumes it merges. */
function imageConfig(configuration: ImageConfiguration): object {
  return {
    Entrypoint: configuration.entrypoint,
    Cmd: configuration.command,
    Env: configuration.environment,
    Labels: configuration.labels,
    User: configuration.user,
    ExposedPorts: configuration.exposedPorts && keys(configuration.exposedPorts),
    Volumes: configuration.volumes && keys(configuration.volumes),
    WorkingDir: configuration.workingDir,
    StopSignal: configuration.stopSignal,
  };
}

interface Start {
  readonly id: string;
  readonly doing: string;
  readonly configuration: ImageConfiguration;
}

/** The engine forgets the container's command beside a new entrypoint: both are sent, or none. */
async function startConfiguration(
  api: ApiClient,
  { id, doing, configuration: { entrypoint, command } }: Start,
): Promise<Pick<ImageConfiguration, 'entrypoint' | 'command'>> {
  if (!entrypoint && !command) return {};
  const container = await requestJson(api, { method: 'GET', path: path`/containers/${id}/json`, doing });
  const config = field(container, 'Config');
  const both = {
    entrypoint: entrypoint ?? readList(field(config, 'Entrypoint'), readText),
    command: command ?? readList(field(config, 'Cmd'), readText),
  };
  if (both.entrypoint.length + both.command.length > 0) return both;
  throw new EngineError('INVALID', `cannot ${doing}: it would have neither an entrypoint nor a command`);
}

const keys = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, {}]));
