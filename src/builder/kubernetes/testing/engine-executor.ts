import { randomUUID } from 'node:crypto';
import { pack } from 'tar-stream';
import { type Engine, EngineError } from '../../../engine/index.ts';
import { credentialsFor, parseDockerConfig } from '../../../registry/index.ts';
import { BUILD_SCRIPT } from '../objects/script.ts';
import type { EndedContainer, Executor, StartedContainer } from './executor.ts';

/** What `buildctl build` was asked for. Throws for what it would not take. */
interface Asked {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly network: 'default' | 'none';
}

/**
 * Runs builders' containers for real, with an engine's BuildKit: the image is built from the mounted files, pushed with the
 * mounted login, and its digest is the container's last word, as the script of the container has it.
 */
export const engineExecutor = (engine: Engine): Executor => {
  const node: Node = { engine, pushing: Promise.resolve() };
  return async (container) => {
    try {
      return await runBuild(node, container, readCommand(container.command));
    } catch (error) {
      if (container.signal.aborted) return { exitCode: 143 };
      container.print(`error: ${error instanceof Error ? error.message : String(error)}\n`);
      return { exitCode: 1 };
    }
  };
};

interface Node {
  readonly engine: Engine;
  /** An engine pushes what has a name, and two builds may have the same: one after the other. */
  pushing: Promise<unknown>;
}

async function runBuild(node: Node, container: StartedContainer, asked: Asked): Promise<EndedContainer> {
  const { engine } = node;
  const { files, print, signal } = container;
  if (!files.has('/config/buildkitd.toml')) throw new Error('there is no /config/buildkitd.toml');
  const { name: _, ...how } = asked;
  const own = `localhost/slipway-stand-in-${randomUUID()}`;
  try {
    const context = await withLocalSource(engine, container, `${own}:base`);
    const references = [`${own}:made`];
    const options = { ...how, references, signal, onOutput: print, builder: 'buildkit' as const };
    await solving(engine.buildImage(contextOf(context), options));
    print('#99 exporting to image\n#99 pushing layers\n');
    const push = node.pushing.then(() =>
      pushAs(engine, container, { made: `${own}:made`, name: asked.name }),
    );
    node.pushing = push.catch(() => undefined);
    return { exitCode: 0, message: `"containerimage.digest": "${await push}"\n` };
  } finally {
    await engine.removeImage(`${own}:made`);
    await engine.removeImage(`${own}:base`);
  }
}

async function pushAs(
  engine: Engine,
  container: StartedContainer,
  { made, name }: { readonly made: string; readonly name: string },
): Promise<string | undefined> {
  const { signal } = container;
  signal.throwIfAborted();
  await engine.tagImage(made, name);
  try {
    return (await engine.pushImage(name, { signal, ...loginFor(container, name) })).digest;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`failed to solve: failed to push ${name}: ${why}`, { cause: error });
  } finally {
    await engine.removeImage(name);
  }
}

/** The context with a source that was pulled with the login of the container, as BuildKit's client does it in its session. */
async function withLocalSource(
  engine: Engine,
  container: StartedContainer,
  base: string,
): Promise<ReadonlyMap<string, string>> {
  const dockerfile = container.files.get('/workspace/Dockerfile') ?? '';
  const source = /^FROM (\S+)/.exec(dockerfile)?.[1];
  if (source === undefined) throw new Error('failed to solve: the Dockerfile has no FROM');
  if (source.startsWith('localhost/')) return container.files;
  const { signal } = container;
  await solving(engine.pullImage(source, { signal, ...loginFor(container, source) }));
  await engine.tagImage(source, base);
  return new Map([...container.files, ['/workspace/Dockerfile', dockerfile.replace(source, base)]]);
}

function loginFor({ files, environment }: StartedContainer, image: string) {
  const config = parseDockerConfig(files.get(`${environment['DOCKER_CONFIG']}/config.json`) ?? '');
  const credentials = config && credentialsFor(config, image.split('/', 1)[0] ?? '');
  return credentials === undefined ? {} : { credentials };
}

/** What an engine does, with its errors as BuildKit's client words them. */
async function solving<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
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
  if (code === 'IMAGE_NOT_FOUND') return `failed to resolve source metadata: ${message}: not found`;
  return code === 'UNAUTHORIZED'
    ? `failed to resolve source metadata: ${message}: 401 Unauthorized`
    : message;
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
  const network = words.includes('force-network-mode=none') ? 'none' : 'default';
  return { name, labels, network, noCache: words.includes('--no-cache') };
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
