import { access, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Mount } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { BuildCaches } from './build-caches.ts';
import { hostPath } from './root-path.ts';

/** One `--mount` of a RUN. */
interface RunMount {
  readonly type: 'bind' | 'cache';
  /** Of a bind: a path in the context. */
  readonly source: string;
  readonly target: string;
  /** Of a cache: what it is found by again. */
  readonly id: string;
}

/** A RUN without its flags, and what they mount. Throws `BUILD_FAILED` for flags that are not known. */
export function readRunMounts(text: string): {
  readonly mounts: readonly RunMount[];
  readonly command: string;
} {
  const [, flags = '', command = ''] = /^((?:--\S+\s+)*)(.*)$/s.exec(text) ?? [];
  return { mounts: flags.split(/\s+/).filter(Boolean).map(readMount), command };
}

function readMount(flag: string): RunMount {
  const [, list] = /^--mount=(.*)$/.exec(flag) ?? [];
  const options = new Map(list?.split(',').map((pair) => splitPair(pair)));
  const type = options.get('type') ?? 'bind';
  const target = options.get('target') ?? options.get('dst');
  if (list === undefined || target === undefined || (type !== 'bind' && type !== 'cache')) {
    throw new EngineError('BUILD_FAILED', `the fake engine does not know ${flag}`);
  }
  return { type, target, source: options.get('source') ?? '/', id: options.get('id') ?? target };
}

function splitPair(pair: string): [name: string, value: string] {
  const [name = '', ...value] = pair.split('=');
  return [name, value.join('=')];
}

/** Where the mounts of a RUN are on this machine; caches may be written. */
export async function placeMounts(
  mounts: readonly RunMount[],
  {
    context,
    caches,
    command,
  }: { readonly context: string; readonly caches: BuildCaches; readonly command: string },
): Promise<Mount[]> {
  return await Promise.all(
    mounts.map(async ({ type, source, target, id }) =>
      type === 'cache'
        ? {
            source: await caches.open(id, `cached mount ${target} from exec ${command}`),
            target,
            readOnly: false,
          }
        : { source: await hostPath({ root: context, mounts: [] }, source, true), target, readOnly: true },
    ),
  );
}

/** Makes sure that what is mounted leaves no trace in the image: gives what takes away the places that were not there. */
export async function notePlaces(root: string, mounts: readonly Mount[]): Promise<() => Promise<void>> {
  const made: string[] = [];
  for (const { target } of mounts) {
    const place = await hostPath({ root, mounts: [] }, target, true);
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (!isThere) made.push(place);
    await mkdir(dirname(place), { recursive: true });
  }
  return async () => {
    await Promise.all(made.map((place) => rm(place, { recursive: true, force: true })));
  };
}
