import { describe, expect, it } from 'vitest';
import type { BuildOptions } from '../engine.ts';
import { describeBuildKit, describeLackOfBuildKit } from './building-with-buildkit.ts';
import { expectFailure } from './failure.ts';
import { type ContractOptions, type Rig, useRig } from './rig.ts';
import { StallingSource } from './stalling-source.ts';
import { largeFileHeader, packTar, type TarEntry } from './tar.ts';

type Builder = NonNullable<BuildOptions['builder']>;

export function describeBuilding(options: ContractOptions): void {
  describe('building', () => describeBuilder(options, 'classic'));
  describe('building with BuildKit', () => {
    if (options.differences?.includes('there is no BuildKit')) return describeLackOfBuildKit(options);
    describeBuilder(options, 'buildkit');
    describeBuildKit(options);
  });
}

function describeBuilder(options: ContractOptions, builder: Builder): void {
  const rig = useRig(options);
  const context = (lines: readonly string[], files: readonly TarEntry[] = []) =>
    packTar([{ name: 'Dockerfile', content: [`FROM ${rig.image}`, ...lines].join('\n') }, ...files]);

  it('makes an image of the context, the parent and what the instructions say', async () => {
    const reference = rig.imageName();
    const lines = [
      'WORKDIR /srv',
      'COPY greeting ./',
      'ENV A="b c"',
      'RUN cat greeting > copy && echo "$A" >> copy',
      'EXPOSE 8080',
      'LABEL made=here',
      'USER 0',
      'ENTRYPOINT ["/bin/cat"]',
      'CMD ["copy"]',
    ];
    const id = await rig.engine.buildImage(context(lines, [{ name: 'greeting', content: 'hello\n' }]), {
      builder,
      references: [reference],
      labels: rig.labels,
    });
    expect(await rig.engine.inspectImage(reference)).toMatchObject({
      id,
      entrypoint: ['/bin/cat'],
      command: ['copy'],
      user: '0',
      exposedPorts: ['8080/tcp'],
      labels: { made: 'here', ...rig.labels },
    });
    expect((await rig.run('', { image: reference, command: ['copy'] })).stdout.toString()).toBe(
      'hello\nb c\n',
    );
  });

  it('gives all the names, and tells what it prints', async () => {
    const references = [rig.imageName(), rig.imageName()];
    let printed = '';
    const id = await rig.engine.buildImage(context(['RUN echo "said $((40 + 2))"']), {
      builder,
      references,
      noCache: true,
      onOutput: (text) => {
        printed += text;
      },
    });
    const found = await Promise.all(references.map((reference) => rig.engine.inspectImage(reference)));
    expect(found.map((image) => image?.id)).toEqual([id, id]);
    expect(printed).toContain('RUN echo');
    expect(printed).toContain('said 42\n');
  });

  it('takes another Dockerfile, arguments and hosts', async () => {
    const reference = rig.imageName();
    const content = `FROM ${rig.image}\nARG WORD=none\nRUN echo "$WORD" > /word; grep other /etc/hosts >> /word`;
    await rig.engine.buildImage(packTar([{ name: 'sub/Other', content }]), {
      builder,
      references: [reference],
      dockerfile: 'sub/Other',
      buildArgs: { WORD: 'given' },
      extraHosts: ['other:192.0.2.7'],
      noCache: true,
    });
    const { stdout } = await rig.run('cat /word', { image: reference });
    expect(stdout.toString()).toMatch(/^given\n192\.0\.2\.7\s+other\n$/);
  });

  it('does not read on while what it printed is being looked at', async () => {
    const seen: string[] = [];
    let busy = false;
    await rig.engine.buildImage(context(['RUN echo one', 'RUN echo two']), {
      builder,
      references: [rig.imageName()],
      noCache: true,
      onOutput: async (text) => {
        expect(busy).toBe(false);
        busy = true;
        await new Promise(setImmediate);
        seen.push(text);
        busy = false;
      },
    });
    expect(seen.join('').indexOf('one\n')).toBeLessThan(seen.join('').lastIndexOf('two\n'));
  });

  describeFailures(rig, context, builder);
}

type Context = (lines: readonly string[], files?: readonly TarEntry[]) => AsyncIterable<Uint8Array>;

function describeFailures(rig: Rig, context: Context, builder: Builder): void {
  it('says which instruction ended with which exit code, and makes no image', async () => {
    const reference = rig.imageName();
    const building = rig.engine.buildImage(context(['RUN echo no; exit 42']), {
      builder,
      references: [reference],
    });
    const error = await expectFailure(building, 'BUILD_FAILED');
    expect(error.message).toContain('RUN echo no; exit 42 (step 2 of 2)');
    expect(error.message).toContain('exit code 42');
    expect(await rig.engine.inspectImage(reference)).toBeUndefined();
  });

  it.each([
    ['an instruction that there is none of', ['FLY away'], 'FLY'],
    ['a file that is not in the context', ['COPY nothing /'], 'nothing'],
  ])('is BUILD_FAILED with %s', async (_what, lines, message) => {
    const building = rig.engine.buildImage(context(lines), { builder, references: [rig.imageName()] });
    expect((await expectFailure(building, 'BUILD_FAILED')).message).toContain(message);
  });

  it('is BUILD_FAILED without its Dockerfile', async () => {
    const building = rig.engine.buildImage(packTar([{ name: 'a' }]), {
      builder,
      references: [rig.imageName()],
    });
    expect((await expectFailure(building, 'BUILD_FAILED')).message).toContain('Dockerfile');
  });

  it('says that the registry of the parent cannot be reached', async () => {
    const content = 'FROM localhost:1/nobody/home:1';
    const building = rig.engine.buildImage(packTar([{ name: 'Dockerfile', content }]), {
      builder,
      references: [rig.imageName()],
      ...(builder === 'classic' && {
        credentials: { 'localhost:1': { username: 'jane', password: 's3cret/word' } },
      }),
    });
    const error = await expectFailure(building, 'REGISTRY');
    expect(error.message).toContain('localhost:1');
    expect(error.message).not.toContain('s3cret/word');
  });

  it('refuses names that are none, and what is no tar', async () => {
    const unnamed = rig.engine.buildImage(context([]), { builder, references: ['a//b'] });
    await expectFailure(unnamed, 'INVALID');
    if (rig.differs('a broken context has no reason')) return;
    const text = (async function* () {
      yield Buffer.alloc(70_000, 'x');
    })();
    await expectFailure(rig.engine.buildImage(text, { builder, references: [rig.imageName()] }), 'INVALID');
  });

  it('rejects with the error of the context', async () => {
    const failing = (async function* () {
      yield await largeFileHeader();
      throw new Error('disk on fire');
    })();
    await expect(rig.engine.buildImage(failing, { builder, references: [rig.imageName()] })).rejects.toThrow(
      'disk on fire',
    );
  });

  it('stops when its signal aborts while an instruction runs', async () => {
    const reference = rig.imageName();
    const controller = new AbortController();
    const building = rig.engine.buildImage(context(['RUN echo "begun $((1 + 1))"; exec sleep 3600']), {
      builder,
      references: [reference],
      noCache: true,
      signal: controller.signal,
      onOutput: (text) => {
        if (text.includes('begun 2')) controller.abort(new Error('enough'));
      },
    });
    expect((await expectFailure(building, 'ABORTED')).cause).toEqual(new Error('enough'));
    expect(await rig.engine.inspectImage(reference)).toBeUndefined();
  });

  it('stops when its signal aborts while the context stalls, and lets go of it', async () => {
    const controller = new AbortController();
    const source = new StallingSource(await largeFileHeader(), 4);
    const building = expectFailure(
      rig.engine.buildImage(source, { builder, references: [rig.imageName()], signal: controller.signal }),
      'ABORTED',
    );
    await source.stalled;
    controller.abort();
    await building;
    await source.closed;
  });
}
