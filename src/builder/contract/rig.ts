import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import type { RegistryClient } from '../../registry/index.ts';
import type { BuildBackend, BuildOutcome, BuildProgress, BuildWork } from '../backend.ts';
import type { BuildPhase, BuildReason } from '../build.ts';
import { BuildError } from '../error.ts';
import { createRecipe } from '../kinds/index.ts';

/** What the suite needs of a backend and of what is around it. Everything that it makes is gone when it is disposed. */
export interface BackendRig extends AsyncDisposable {
  /** A backend as one more server opens it, for the same engine or cluster. `now`: its clock. */
  open(options?: { readonly now?: () => number }): Promise<BuildBackend>;
  /** Begins a build as a server that is another process, and that can be lost. */
  begin(work: BuildWork): LostServer;
  /** The registry that images are pushed to, as this process reaches it. It asks who is there. */
  readonly registry: RegistryClient;
  /** The password for it. */
  readonly password: string;
  /**
   * A source, as builds have it, made with `BASE`: what `file` says is run in a shell as root when it is extended.
   * `private`: the same in the registry.
   */
  readonly base: string;
  readonly privateBase: string;
  /** Further registries as builds reach them, which ask nobody: one that has no room, and one that takes connections and says nothing. */
  readonly fullHost: string;
  readonly stallingHost: string;
  /** `HOST:PORT` at which nobody listens. */
  readonly nobodysHost: string;
}

/** A server that builds one image, and that is lost. */
export interface LostServer {
  /** What its build printed so far, and a line `PHASE push` for each phase. */
  readonly text: () => string;
  /** As `kill -9` does. */
  kill(): Promise<void>;
}

/** How a source of the suite is made of a busybox whose user is root. */
export const BASE = {
  instructions: [
    "RUN printf '#!/bin/sh\\nexec sh /tmp/requirements.txt\\n' > /bin/extend && chmod 755 /bin/extend",
    'ENV GREETING="good day" LIST=a:b',
    'WORKDIR /srv/app',
    'EXPOSE 8080',
    'ENTRYPOINT ["/bin/proxy", "--flag"]',
    'CMD ["serve"]',
  ],
  config: {
    Entrypoint: ['/bin/proxy', '--flag'],
    Cmd: ['serve'],
    WorkingDir: '/srv/app',
    Env: expect.arrayContaining(['GREETING=good day', 'LIST=a:b']),
  },
} as const;

/** One build of a test, and what it told. */
export interface Told {
  readonly outcome: Promise<BuildOutcome>;
  readonly text: () => string;
  readonly phases: readonly BuildPhase[];
}

/** The backend of the tests around the call, and short ways to build with it. */
export class ContractRig {
  /** Of the servers that this rig stands for. */
  readonly tenantKey = randomBytes(32);
  readonly #open: () => Promise<BackendRig>;
  #rig: BackendRig | undefined;
  #backend: BuildBackend | undefined;

  constructor(open: () => Promise<BackendRig>) {
    this.#open = open;
  }

  get parts(): BackendRig {
    if (!this.#rig) throw new Error('the rig is used before it is open');
    return this.#rig;
  }

  get backend(): BuildBackend {
    if (!this.#backend) throw new Error('the rig is used before it is open');
    return this.#backend;
  }

  async open(): Promise<void> {
    this.#rig = await this.#open();
    this.#backend = await this.#rig.open();
  }

  async close(): Promise<void> {
    await this.#rig?.[Symbol.asyncDispose]();
  }

  /** The work of one build as the service asks for it; `script` is what the extension runs. */
  async work(script: string | undefined, changes: Partial<BuildWork> = {}): Promise<BuildWork> {
    const { id = randomUUID(), user = 'alice' } = changes;
    const destination = changes.destination ?? (await this.backend.destination({}, user));
    const source = changes.source ?? (await this.pinned(this.parts.base, { destination }));
    const installed = { user, kind: 'python', source } as const;
    return {
      id,
      jobName: `build-${user}-${id}`.slice(0, 63),
      user,
      kind: 'python',
      source,
      context: createRecipe({ tenantKey: this.tenantKey }).writeContext({
        ...installed,
        ...(script !== undefined && { file: script }),
      }),
      target: { repository: user, tag: `t-${id.slice(0, 8)}` },
      destination,
      labels: { 'slipway.test': 'contract' },
      noCache: false,
      timeLimitMs: 240_000,
      ...changes,
    };
  }

  /** A source with the digest that it has now. */
  async pinned(source: string, { destination }: Pick<BuildWork, 'destination'>): Promise<string> {
    const signal = new AbortController().signal;
    return `${source}@${await this.backend.sourceDigest(source, { destination, fresh: false, signal })}`;
  }

  build(
    work: BuildWork,
    { backend = this.backend, signal = new AbortController().signal }: BuildOptions = {},
  ): Told {
    let text = '';
    const phases: BuildPhase[] = [];
    const progress: BuildProgress = {
      async write(more) {
        text += more;
      },
      phase: (phase) => void phases.push(phase),
    };
    const outcome = backend.build(work, progress, signal);
    outcome.catch(() => undefined); // whoever waits for it hears of it
    return { outcome, text: () => text, phases };
  }

  /** What the registry has under a build's tag. */
  async pushed({ target }: BuildWork): Promise<string | undefined> {
    return await this.parts.registry.findDigest(target.repository, target.tag);
  }
}

interface BuildOptions {
  readonly backend?: BuildBackend;
  readonly signal?: AbortSignal;
}

/** A rig for the tests of the `describe` around the call. */
export function useContractRig(open: () => Promise<BackendRig>): ContractRig {
  const rig = new ContractRig(open);
  beforeAll(() => rig.open(), 240_000);
  afterAll(() => rig.close(), 240_000);
  return rig;
}

const WAIT = { timeout: 90_000 }; // clusters start a pod for it, beside others

/** Waits until a build has printed a text. */
export async function heard(text: () => string, wanted: string): Promise<void> {
  await vi.waitFor(() => expect(text()).toContain(wanted), WAIT);
}

/** The `BuildError` that a build ends with. */
export async function expectReason(outcome: Promise<unknown>, reason: BuildReason): Promise<BuildError> {
  const error: unknown = await outcome.then(
    () => new Error('it went well'),
    (problem: unknown) => problem,
  );
  if (!(error instanceof BuildError)) throw error;
  expect({ reason: error.reason, message: error.message }).toMatchObject({ reason });
  return error;
}
