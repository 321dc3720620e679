import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecipe } from '../src/builder/index.ts';
import type { RemoteBuild } from '../src/builder-client/index.ts';
import {
  BUILDER_USERS,
  type BuilderRig,
  type BuilderUserName,
  makeRuntime,
  removeWithBuilt,
  startBuilder,
} from '../test/support/builder.ts';
import { imageWithNpm } from '../test/support/npm-image.ts';
import { compare, inTurn, median, ms, type Row, run } from './measure.ts';

const ROUNDS = 3;
const REPEATS = 20;
const MANY = 50;

/** What functions are made of: with what they need, some ninety packages. */
const TEN = {
  axios: '1.12.0',
  chalk: '5.6.0',
  commander: '14.0.0',
  'date-fns': '4.1.0',
  express: '5.1.0',
  lodash: '4.17.21',
  react: '19.1.0',
  typescript: '5.9.2',
  uuid: '11.1.0',
  zod: '4.1.0',
};
/** One for each round, the unmeasured one included; none needs another. */
const ELEVENTH = [
  ['slugify', '1.6.6'],
  ['is-number', '7.0.0'],
  ['path-key', '4.0.0'],
  ['picocolors', '1.1.1'],
] as const;

// Where packages come through a proxy of one's own, builds trust what this machine trusts.
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const CA_FILE = existsSync(CERTIFICATES) ? CERTIFICATES : undefined;

const packageJson = (dependencies: object): string => JSON.stringify({ dependencies });

/** Slipway's own builds of one user, through a server. */
function userOf(builder: BuilderRig, user: BuilderUserName, source: string) {
  const client = builder.client(user);
  const order = (tag: string, file: string, force = false) => ({
    ...{ source, target: `${user}:${tag}`, kind: 'nodejs', file },
    ...(force && { force }),
  });
  return {
    start: async (tag: string, file: string) => await client.start(order(tag, file)),
    /** Until it has ended well. */
    async build(tag: string, file: string, force = false): Promise<RemoteBuild> {
      const { id } = await client.start(order(tag, file, force));
      const ended = await client.follow(id, { onBytes: () => undefined });
      if (ended.state === 'succeeded') return ended;
      throw new Error(`a build is ${ended.state}: ${ended.message}`);
    },
  };
}

/** The engine's own program, where it can build with BuildKit: the one of `docker.io` can by itself, newer ones with `buildx`. */
function dockerWithBuildKit(): string {
  const found = ['docker', '/usr/bin/docker'].find((program) => {
    try {
      execFileSync(program, ['build', '-'], {
        ...{ input: 'FROM scratch\nLABEL a=b', stdio: ['pipe', 'ignore', 'ignore'] },
        env: { ...process.env, DOCKER_BUILDKIT: '1' },
      });
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined)
    throw new Error('no docker program here builds with BuildKit: docker.io or buildx');
  return found;
}

/** The same Dockerfile and files in a folder, built and pushed by hand. */
function byHand(source: string, file: string, name: string): Disposable & { work: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-image-'));
  const recipe = createRecipe({
    tenantKey: randomBytes(32),
    ...(CA_FILE !== undefined && { caBundle: readFileSync(CA_FILE, 'utf8') }),
  });
  const { dockerfile, files } = recipe.writeContext({ user: 'hand', kind: 'nodejs', source, file });
  for (const [path, text] of Object.entries({ ...files, Dockerfile: dockerfile }))
    writeFileSync(join(folder, path), text);
  const program = dockerWithBuildKit();
  return {
    async work() {
      await run('env', ['DOCKER_BUILDKIT=1', program, 'build', '--no-cache', '--tag', name, folder]);
      await run(program, ['push', name]);
    },
    [Symbol.dispose]() {
      execFileSync('docker', ['rmi', '-f', name], { stdio: 'ignore' });
      rmSync(folder, { recursive: true });
    },
  };
}

/** A build against the same by hand, and what asking again takes. */
export async function imageBuild(): Promise<Row[]> {
  await using npm = await imageWithNpm();
  await using builder = await startBuilder({ words: CA_FILE === undefined ? [] : ['--build-ca', CA_FILE] });
  try {
    const alice = userOf(builder, 'alice', npm.name);
    return [await cold(builder, npm.name), await oneMore(alice), await again(alice)];
  } finally {
    removeWithBuilt(npm.name);
  }
}

async function cold(builder: BuilderRig, source: string): Promise<Row> {
  const file = packageJson(TEN);
  using hand = byHand(source, file, `${builder.registryHost}/hand:cold`);
  const alice = userOf(builder, 'alice', source);
  const [ours = [], theirs = []] = await inTurn(
    ROUNDS,
    async () => void (await alice.build('cold', file, true)),
    async () => void (await hand.work()),
  );
  const { a, b, ratio } = compare(ours, theirs);
  return {
    figure: 'runtime image, ten npm packages, cold: asked → pushed, SBOM and provenance attached',
    slipway: ms(a),
    peer: `docker build, docker push: ${ms(b)} (${ratio.toFixed(2)}×)`,
    target: '≤ 1.1×',
  };
}

async function oneMore(alice: ReturnType<typeof userOf>): Promise<Row> {
  await alice.build('ten', packageJson(TEN), true);
  const files = ELEVENTH.map(([name, version]) => packageJson({ ...TEN, [name]: version }));
  let [less, whole] = [0, 0];
  const [added = [], all = []] = await inTurn(
    ROUNDS,
    async () => {
      const { extends: parent } = await alice.build(`added-${less}`, files[less] ?? '');
      if (parent === undefined) throw new Error('all of it was built');
      less += 1;
    },
    async () => {
      await alice.build(`whole-${whole}`, files[whole] ?? '', true);
      whole += 1;
    },
  );
  const { a, b, ratio } = compare(added, all);
  return {
    figure: 'one package added to ten',
    slipway: ms(a),
    peer: `all eleven: ${ms(b)} (${ratio.toFixed(2)}×)`,
    target: '≤ 0.5×',
  };
}

async function again(alice: ReturnType<typeof userOf>): Promise<Row> {
  const file = packageJson(TEN);
  await alice.build('again', file);
  const [times = []] = await inTurn(REPEATS, async () => {
    const { build } = await alice.start('again', file);
    if (build?.state !== 'succeeded') throw new Error(`the image was not there: ${build?.state}`);
  });
  return {
    figure: 'the same request again: asked → answered with the image',
    slipway: ms(median(times)),
    peer: `slowest of ${REPEATS}: ${ms(Math.max(...times))}`,
    target: '≤ 100 ms',
  };
}

/** Fifty requests at once from five users, the first one's before the others'. */
export async function imageRequests(): Promise<Row[]> {
  const source = makeRuntime();
  await using builder = await startBuilder();
  try {
    const users = BUILDER_USERS.slice(0, 5);
    const asked = users.flatMap((user) =>
      Array.from({ length: MANY / users.length }, (_, i) => ({ user, i })),
    );
    const times: number[] = [];
    const startedAt = performance.now();
    const ids = await Promise.all(
      asked.map(async ({ user, i }) => {
        const since = performance.now();
        const file = `# run: true\n${randomUUID()}\n`;
        const { id } = await builder
          .client(user)
          .start({ source, target: `${user}:t${i}`, kind: 'python', file });
        times.push(performance.now() - since);
        return { user, id };
      }),
    );
    const ended = await Promise.all(
      ids.map(async ({ user, id }) => await builder.client(user).follow(id, { onBytes: () => undefined })),
    );
    const tookMs = performance.now() - startedAt;
    const well = ended.filter(({ state }) => state === 'succeeded');
    if (well.length !== MANY) throw new Error(`${MANY - well.length} of ${MANY} builds did not succeed`);
    return [
      {
        figure: `${MANY} requests at once: the slowest answer`,
        slipway: ms(Math.max(...times)),
        peer: `median ${ms(median(times))}; all built after ${(tookMs / 1000).toFixed(1)} s`,
        target: '≤ 1 s',
      },
      {
        figure: `the same, five users: how many builds more one has had begun than another`,
        slipway: `at most ${largestLead(ended)}`,
        peer: `in the order of asking: ${MANY / users.length}`,
        target: 'fair between users',
      },
    ];
  } finally {
    removeWithBuilt(source);
  }
}

/** Over all moments, while each user still had some that waited. */
function largestLead(builds: readonly RemoteBuild[]): number {
  const order = builds.toSorted(
    (one, other) => Date.parse(one.startedAt ?? '') - Date.parse(other.startedAt ?? ''),
  );
  const begun = new Map(builds.map(({ user = '' }) => [user, 0]));
  let lead = 0;
  for (const { user = '' } of order) {
    begun.set(user, (begun.get(user) ?? 0) + 1);
    lead = Math.max(lead, Math.max(...begun.values()) - Math.min(...begun.values()));
  }
  return lead;
}
