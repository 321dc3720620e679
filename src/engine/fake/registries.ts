import { createHash } from 'node:crypto';
import type { RegistryCredentials } from '../engine.ts';
import { EngineError } from '../error.ts';
import type { FakeEngineOptions, FakeImage, FakePushedImage, FakeRegistryImage } from './options.ts';

type Credentials = Pick<RegistryCredentials, 'username' | 'password'>;

/** The registries that the fake engine knows, and what was pushed to them. */
export class FakeRegistries {
  readonly pushed = new Map<string, FakePushedImage>();
  readonly #images: ReadonlyMap<string, FakeRegistryImage>;
  readonly #hosts: ReadonlyMap<string, { readonly credentials?: Credentials }>;

  constructor({ registry = {}, pushHosts = {} }: FakeEngineOptions) {
    this.#images = new Map(Object.entries(registry));
    this.#hosts = new Map(Object.entries(pushHosts));
  }

  /** What can be pulled under a full name. */
  get(name: string, given: Credentials | undefined): { readonly id: string; readonly image: FakeImage } {
    const host = this.#hosts.get(hostOf(name));
    const doing = `pull the image ${name}`;
    if (host) expectCredentials(host.credentials, given, doing);
    const pushed = this.pushed.get(name);
    if (pushed) return pushed;
    const found = this.#images.get(name);
    if (!found) throw this.#absent(name);
    const { credentials, ...image } = found;
    expectCredentials(credentials, given, doing);
    return { id: `sha256:${sha256(JSON.stringify([name, image]))}`, image };
  }

  /** Throws `REGISTRY` for a host that is not there, `UNAUTHORIZED` where it wants other credentials. */
  expectPush(name: string, given: Credentials | undefined): void {
    const host = this.#hosts.get(hostOf(name));
    if (!host) {
      throw new EngineError('REGISTRY', `cannot push the image ${name}: the registry cannot be reached`);
    }
    expectCredentials(host.credentials, given, `push the image ${name}`);
  }

  /** Whether the files of an image are in a registry already. */
  hasFiles(folder: string): boolean {
    return [...this.pushed.values()].some(({ image }) => image.folder === folder);
  }

  put(name: string, image: FakePushedImage): void {
    this.pushed.set(name, image);
  }

  #absent(name: string): EngineError {
    const host = hostOf(name);
    const isThere = this.#hosts.has(host) || [...this.#images.keys()].some((other) => hostOf(other) === host);
    return isThere
      ? new EngineError('IMAGE_NOT_FOUND', `cannot pull the image ${name}: it is not in the registry`)
      : new EngineError('REGISTRY', `cannot pull the image ${name}: the registry cannot be reached`);
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What registries call the manifest of an image. */
export const digestOf = (id: string): string => `sha256:${sha256(id)}`;

const hostOf = (name: string): string => name.split('/', 1)[0] ?? '';

function expectCredentials(
  wanted: Credentials | undefined,
  given: Credentials | undefined,
  doing: string,
): void {
  if (!wanted || (wanted.username === given?.username && wanted.password === given.password)) return;
  throw new EngineError('UNAUTHORIZED', `cannot ${doing}: authentication required`);
}
