import { afterAll, describe, expect, it } from 'vitest';
import { createImages, docker } from '../support/images.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { BUSYBOX, createRig } from '../support/rig.ts';

const images = createImages();
afterAll(() => images.remove());

const idOf = (name: string): string => docker('image', 'inspect', '--format', '{{.Id}}', name);
const namesIn = (repository: string): string[] =>
  docker('images', '--format', '{{.Tag}}', repository).split('\n').filter(Boolean).sort();

describe.concurrent('images that runs commit', () => {
  it('get the tags of run, latest and outcome', async () => {
    const repository = `localhost/${freshId('slipway-test-tags')}`;
    const run = freshId('one');
    for (const tag of ['main', 'latest', 'failed', run]) images.adopt(`${repository}:${tag}`);
    await using rig = createRig(pipelineFile({ steps: ['exit 3'] }));
    const words = ['--commit', repository, '--tag', 'main', '--commit-tags', 'id,latest,outcome'];
    const { stderr } = await rig.run(['build', '--run-id', run, ...words]);
    expect(stderr).toContain(`Committed the box to ${repository}:main, ${repository}:${run}`);
    expect(namesIn(repository)).toEqual(['failed', 'latest', 'main', run].sort());
    expect(idOf(`${repository}:failed`)).toBe(idOf(`${repository}:main`));
  });

  it('go when they are older than they are kept for, and no others', async () => {
    const repository = `localhost/${freshId('slipway-test-keep')}`;
    images.adopt(`${repository}:new`);
    const other = images.derive(`${repository}:not-ours`, BUSYBOX);
    await using rig = createRig(pipelineFile({ steps: ['date +%N > /made'] }));
    await rig.run(['build', '--commit', repository, '--tag', 'old', '--commit-tags', 'id']);
    await rig.run(['build', '--commit', repository, '--tag', 'kept', '--keep-images', '1']);
    expect(namesIn(repository)).toHaveLength(4);
    images.adopt(`${repository}:kept`);
    const { stderr } = await rig.run([
      'build',
      ...['--commit', repository, '--tag', 'new', '--keep-images', '0.00000001'],
    ]);
    expect(stderr).toContain(`Removed 2 images of ${repository}`);
    expect(namesIn(repository)).toEqual(['new', 'not-ours']);
    expect(idOf(other)).not.toBe('');
  });

  it('are refused a tag that is none of those', async () => {
    await using rig = createRig(pipelineFile({ steps: ['true'] }));
    const { exitCode, stderr } = await rig.run(['build', '--commit', 'x', '--commit-tags', 'id,green']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('--commit-tags: expected id, latest, outcome, found "green"');
  });
});

describe.concurrent('a deploy in the image of the last build', () => {
  const file = (box: string): string =>
    pipelineFile({
      steps: ['echo built > made-by-build; echo kept > /kept'],
      top: { deploy: { box, steps: [{ script: { code: 'cat made-by-build /kept; ls /pipeline/output' } }] } },
    });

  it.each([
    ['by --last-build-box', BUSYBOX, ['--last-build-box']],
    ['by the variable in its box', '$WERCKER_LAST_BUILD_BOX', []],
  ])('finds the source as the build left it: %s', async (_how, box, words) => {
    const repository = `localhost/${freshId('slipway-test-last')}`;
    const [passed, failed] = [freshId('passed'), freshId('failed')];
    for (const tag of ['x', passed, failed]) images.adopt(`${repository}:${tag}`);
    await using rig = createRig(file(box));
    const commit = ['--commit', repository, '--tag', 'x', '--commit-tags', 'id'];
    expect((await rig.run(['build', '--run-id', passed, ...commit])).exitCode).toBe(0);
    rig.write('fails.yml', pipelineFile({ steps: ['echo failed > made-by-build; exit 1'] }));
    await rig.run(['build', '--run-id', failed, '--wercker-yml', 'fails.yml', ...commit]);
    const { exitCode, stdout, stderr } = await rig.run(['deploy', ...words]);
    expect(stderr).toContain('The source is the one that the last build left in its image');
    expect(stdout).toBe('built\nkept\n');
    expect(exitCode).toBe(0);
  });

  it('says that there is none', async () => {
    await using rig = createRig(file(BUSYBOX));
    const { exitCode, stderr } = await rig.run(['deploy', '--last-build-box']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is no image of a passed build of');
    expect(stderr).toContain('slipway build --commit REPOSITORY --commit-tags id');
  });
});

describe('--read-only-mounts', () => {
  it('mounts source, cache and steps where nobody can write, and works on copies', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: [
          'touch /mnt/source/x 2>&1 || :; echo new > file; cat file /mnt/source/file',
          'echo c > $WERCKER_CACHE_DIR/c',
        ],
        afterSteps: ['cat file'],
      }),
    );
    rig.write('file', 'old\n', 0o640);
    rig.write('.hidden', '');
    const { exitCode, stdout } = await rig.run(['build', '--read-only-mounts']);
    expect(stdout).toMatch(/Read-only file system\nnew\nold\nnew\n$/);
    expect(exitCode).toBe(0);
    rig.write(
      'wercker.yml',
      pipelineFile({ steps: ['ls -A; stat -c "%a %u" file; cat $WERCKER_CACHE_DIR/c'] }),
    );
    expect((await rig.run(['build', '--read-only-mounts'])).stdout).toBe(
      '.hidden\nfile\nwercker.yml\n640 0\nc\n',
    );
  });
});
