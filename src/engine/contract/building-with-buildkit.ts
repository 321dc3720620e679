import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { BuildOptions } from '../engine.ts';
import { expectFailure } from './failure.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';
import { packTar, type TarEntry } from './tar.ts';

/** What BuildKit does beyond the classic builder. */
export function describeBuildKit(options: ContractOptions): void {
  const rig = useRig(options);
  const build = async (lines: readonly string[], more: Partial<BuildOptions> = {}, files: TarEntry[] = []) =>
    await buildLines(rig, lines, more, files);

  it('mounts files of the context, which are not in the image', async () => {
    const reference = rig.imageName();
    const lines = ['RUN --mount=type=bind,source=script,target=/tmp/script sh /tmp/script a'];
    await build(lines, { references: [reference] }, [{ name: 'script', content: 'echo "$1" > /made' }]);
    const { stdout } = await rig.run('cat /made; ls /tmp', { image: reference });
    expect(stdout.toString()).toBe('a\n');
  });

  it('keeps a cache from one build to the next by its id, for nobody else and not in the image', async () => {
    const id = randomUUID();
    const reference = rig.imageName();
    const run = (id: string, script: string) =>
      `RUN --mount=type=cache,id=${id},target=/cache sh -c ${JSON.stringify(script)}`;
    await build([run(id, 'echo kept > /cache/file')]);
    await build([run(id, 'cat /cache/file > /found'), run(`${id}-other`, 'ls -a /cache | wc -l >> /found')], {
      references: [reference],
    });
    const { stdout } = await rig.run('cat /found; ls /cache', { image: reference });
    expect(stdout.toString()).toBe('kept\n2\n');
  });

  it('prints what instructions print with the number of the instruction', async () => {
    let printed = '';
    await build(['RUN echo "one $((1 + 1))"; echo three'], {
      noCache: true,
      onOutput: (text) => {
        printed += text;
      },
    });
    expect(printed).toMatch(/^#(\d+) .*RUN echo "one .*\n(?:#.*\n)*#\1 [\d.]+ one 2\n#\1 [\d.]+ three\n/m);
  });

  it('ends a build when another of the same id begins', async () => {
    const id = randomUUID();
    const begun = Promise.withResolvers<void>();
    const first = build(['RUN echo "begun $((1 + 1))"; exec sleep 3600'], {
      id,
      noCache: true,
      onOutput: (text) => {
        if (text.includes('begun 2')) begun.resolve();
      },
    });
    const ended = expect(first).rejects.toThrow(/cancel/);
    await begun.promise;
    await build(['RUN true'], { id });
    await ended;
  });

  it.each<[string, Partial<BuildOptions>]>([
    ['squash', { squash: true }],
    ['credentials', { credentials: {} }],
    ['keepIntermediate', { keepIntermediate: true }],
    ['a network of containers', { network: 'n' }],
  ])('does not take %s', async (_what, more) => {
    await expectFailure(build([], more), 'INVALID');
  });

  describe('what builds left in the cache', () => {
    /** A cache with 100 KiB in it: far more than a layer that has nothing but the mount point. */
    const fill = async (target: string, id: string) =>
      await build([
        `RUN --mount=type=cache,id=${id},target=${target} sh -c "yes | head -c 102400 > ${target}/file"`,
      ]);
    const isThere = async (target: string, id: string): Promise<boolean> => {
      // Never the same instruction: with `noCache` the engine mounts an empty cache. What fails makes no image.
      const look = `sh -c "ls ${target}; : ${randomUUID()}; exit 7"`;
      let printed = '';
      const onOutput = (text: string): void => {
        printed += text;
      };
      const looking = build([`RUN --mount=type=cache,id=${id},target=${target} ${look}`], { onOutput });
      expect((await expectFailure(looking, 'BUILD_FAILED')).message).toContain('exit code 7');
      return /^(?:#\d+ [\d.]+ )?file$/m.test(printed);
    };

    it('is removed where it is described so, and of nobody else', async () => {
      const [own, other] = [randomUUID(), randomUUID()];
      await fill(`/${own}`, own);
      await fill(`/${other}`, other);
      expect(await rig.engine.pruneBuildCache({ describedBy: `/${own}` })).toBeGreaterThanOrEqual(102_400);
      expect(await isThere(`/${own}`, own)).toBe(false);
      expect(await isThere(`/${other}`, other)).toBe(true);
      expect(await rig.engine.pruneBuildCache({ describedBy: `/${randomUUID()}` })).toBe(0);
    });

    it('stays as far as it is small enough, that which was used last', async () => {
      const place = `/${randomUUID()}`;
      const [older, newer] = [randomUUID(), randomUUID()];
      await fill(place, older);
      // The engine takes it for a use when it measures something for the first time: so it measures one before the other.
      expect(await rig.engine.pruneBuildCache({ describedBy: place, keepBytes: 2 ** 50 })).toBe(0);
      await fill(place, newer);
      expect(await rig.engine.pruneBuildCache({ describedBy: place, keepBytes: 180_000 })).toBeGreaterThan(0);
      expect(await isThere(place, newer)).toBe(true);
      expect(await isThere(place, older)).toBe(false);
    });

    it('is not removed without a description', async () => {
      await expectFailure(rig.engine.pruneBuildCache({ describedBy: '' }), 'INVALID');
    });
  });
}

/** What those do that have no BuildKit. */
export function describeLackOfBuildKit(options: ContractOptions): void {
  const rig = useRig(options);

  it('is INVALID', async () => {
    const building = buildLines(rig, [], {}, []);
    expect((await expectFailure(building, 'INVALID')).message).toContain('BuildKit');
    await expectFailure(rig.engine.pruneBuildCache({ describedBy: 'RUN' }), 'INVALID');
  });
}

async function buildLines(
  rig: Rig,
  lines: readonly string[],
  more: Partial<BuildOptions>,
  files: readonly TarEntry[],
): Promise<string> {
  const content = [`FROM ${rig.image}`, ...lines].join('\n');
  const options = { builder: 'buildkit', references: more.references ?? [rig.imageName()], ...more } as const;
  return await rig.engine.buildImage(packTar([{ name: 'Dockerfile', content }, ...files]), options);
}
