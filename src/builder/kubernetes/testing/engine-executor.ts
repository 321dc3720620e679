import { pack } from 'tar-stream';
import { type Engine, EngineError } from '../../../engine/index.ts';
import { credentialsFor, parseDockerConfig } from '../objects/docker-config.ts';
import { BUILD_SCRIPT } from '../objects/script.ts';
import type { EndedContainer, Executor, StartedContainer } from './executor.ts';

/** What `buildctl build` was asked for. Throws for what it would not take. */
interface Asked {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
}

/**
 * Runs builders' containers for real, with an engine's BuildKit: the image is built from the mounted files, pushed with the
 * mounted login, and its digest is the container's last word, as the script of the container has it.
 */
export const engineExecutor =
  (engine: Engine): Executor =>
  async (container) => {
    try {
      return await runBuild(engine, container, readCommand(container.command));
    } catch (error) {
      if (container.signal.aborted) return { exitCode: 143 };
      container.print(`error: ${error instanceof Error ? error.message : String(error)}\n`);
      return { exitCode: 1 };
    }
  };

async function runBuild(engine: Engine, container: StartedContainer, asked: Asked): Promise<EndedContainer> {
  const { files, print, signal } = container;
  if (!files.has('/config/buildkitd.toml')) throw new Error('there is no /config/buildkitd.toml');
  const { name, labels, noCache } = asked;
  await building(engine, container, {
    references: [name],
    labels,
    noCache,
    signal,
    onOutput: print,
    builder: 'buildkit' as const,
  });
  try {
    print('#99 exporting to image\n#99 pushing layers\n');
    const host = name.split('/', 1)[0] ?? '';
    const config = parseDockerConfig(
      files.get(`${container.environment['DOCKER_CONFIG']}/config.json`) ?? '',
    );
    const credentials = config === undefined ? undefined : credentialsFor(config, host);
    const { digest } = await engine
      .pushImage(name, { signal, ...(credentials && { credentials }) })
      .catch((error: Error) => {
        throw new Error(`failed to solve: failed to push ${name}: ${error.message}`);
      });
    return { exitCode: 0, message: `"containerimage.digest": "${digest}"\n` };
  } finally {
    await engine.removeImage(name);
  }
}

async function building(
  engine: Engine,
  { files }: StartedContainer,
  options: Parameters<Engine['buildImage']>[1],
): Promise<void> {
  try {
    await engine.buildImage(contextOf(files), options);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new Error(`failed to solve: ${asBuildctl(error)}`, { cause: error });
  }
}

/** The words of BuildKit's client for what the engine says of the same. */
function asBuildctl({ code, message }: EngineError): string {
  const exit = /exit code:? (\d+)/i.exec(message)?.[1];
  if (code === 'BUILD_FAILED' && exit !== undefined)
    return `process "/bin/sh -c …" did not complete successfully: exit code: ${exit}`;
  return code === 'IMAGE_NOT_FOUND' ? `failed to resolve source metadata: ${message}: not found` : message;
}

async function* contextOf(files: ReadonlyMap<string, string>): AsyncGenerator<Uint8Array> {
  const tar = pack();
  for (const [path, text] of files) {
    const name = /^\/workspace\/([^/]+)$/.exec(path)?.[1];
    if (name !== undefined) tar.entry({ name, mtime: new Date(0) }, text);
  }
  tar.finalize();
  for await (const bytes of tar) yield bytes as Uint8Array; // the stream is one of bytes
}

function readCommand([shell, flag, script, zero, ...words]: readonly string[]): Asked {
  if (shell !== 'sh' || flag !== '-c' || script !== BUILD_SCRIPT || zero === undefined)
    throw new Error('this node runs nothing but the script of builds');
  if (words.shift() !== 'build') throw new Error('buildctl: only build is known');
  const labels: Record<string, string> = {};
  let name: string | undefined;
  for (const [option, value] of optionsOf(words)) {
    if (option === '--output') name = /^type=image,name=([^,]+),push=true(?:,|$)/.exec(value)?.[1];
    else if (option === '--opt') Object.assign(labels, labelOf(value));
    else if (!KNOWN.has(option)) throw new Error(`flag provided but not defined: ${option}`);
  }
  if (name === undefined) throw new Error('buildctl: no output');
  return { name, labels, noCache: words.includes('--no-cache') };
}

const KNOWN = new Set([
  '--progress',
  '--frontend',
  '--local',
  '--no-cache',
  '--metadata-file',
  '--import-cache',
  '--export-cache',
]);

/** `--name=value`, `--name value` for `--opt`, and flags. */
function* optionsOf(words: readonly string[]): Generator<readonly [option: string, value: string]> {
  for (let index = 0; index < words.length; index += 1) {
    const [, option = '', value] = /^(--[a-z-]+)(?:=([\s\S]*))?$/.exec(words[index] ?? '') ?? [];
    if (value === undefined && option === '--opt') index += 1;
    yield [option, value ?? words[index] ?? ''];
  }
}

function labelOf(option: string): Readonly<Record<string, string>> {
  const [, label, value = ''] = /^label:([^=]+)=([\s\S]*)$/.exec(option) ?? [];
  return label === undefined ? {} : { [label]: value };
}
