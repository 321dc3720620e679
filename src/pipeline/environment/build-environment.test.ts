import { describe, expect, test } from 'vitest';
import { buildEnvironment, type EnvironmentInput } from './build-environment.ts';

const INPUT: EnvironmentInput = {
  kind: 'build',
  runId: 'r1',
  pipeline: 'build',
  baseUrl: 'https://example.com/',
  application: { id: 'i', name: 'app', ownerName: 'me' },
  git: { domain: 'github.com', owner: 'me', repository: 'app', branch: '$HOME', tag: '', commit: 'c0ffee' },
  sourceDir: '/pipeline/source/sub',
  host: new Map(),
};

const COMMON = [
  ['WERCKER', 'true'],
  ['WERCKER_ROOT', '/pipeline/source'],
  ['WERCKER_SOURCE_DIR', '/pipeline/source/sub'],
  ['WERCKER_CACHE_DIR', '/pipeline/cache'],
  ['WERCKER_OUTPUT_DIR', '/pipeline/output'],
  ['WERCKER_PIPELINE_DIR', '/pipeline'],
  ['WERCKER_REPORT_DIR', '/pipeline/report'],
  ['WERCKER_APPLICATION_ID', 'i'],
  ['WERCKER_APPLICATION_NAME', 'app'],
  ['WERCKER_APPLICATION_OWNER_NAME', 'me'],
  ['WERCKER_APPLICATION_URL', 'https://example.com/#applications/i'],
  ['TERM', 'xterm-256color'],
];

const RUN = [
  ['WERCKER_RUN_ID', 'r1'],
  ['WERCKER_RUN_URL', 'https://example.com/me/app/runs/build/r1'],
  ['WERCKER_GIT_DOMAIN', 'github.com'],
  ['WERCKER_GIT_OWNER', 'me'],
  ['WERCKER_GIT_REPOSITORY', 'app'],
  ['WERCKER_GIT_BRANCH', '$HOME'],
  ['WERCKER_GIT_TAG', ''],
  ['WERCKER_GIT_COMMIT', 'c0ffee'],
];

function build(more: Partial<EnvironmentInput> & { readonly variables?: Record<string, string> }) {
  const { variables = {}, ...input } = more;
  return buildEnvironment({ ...INPUT, host: new Map(Object.entries(variables)), ...input });
}

const pairs = (more: Parameters<typeof build>[0]) =>
  build(more).entries.map(({ name, value }) => [name, value]);
const entry = (name: string, more: Parameters<typeof build>[0]) =>
  build(more).entries.find((candidate) => candidate.name === name);

describe('buildEnvironment', () => {
  test('gives a build its variables in order', () => {
    expect(pairs({})).toEqual([
      ...COMMON,
      ['BUILD', 'true'],
      ['CI', 'true'],
      ...RUN,
      ['WERCKER_BUILD_ID', 'r1'],
      ['WERCKER_BUILD_URL', 'https://example.com/me/app/runs/build/r1'],
    ]);
  });

  test('gives a deploy its own, without CI', () => {
    expect(pairs({ kind: 'deploy', deployTarget: 'prod' })).toEqual([
      ...COMMON,
      ['DEPLOY', 'true'],
      ...RUN,
      ['WERCKER_DEPLOY_ID', 'r1'],
      ['WERCKER_DEPLOY_URL', 'https://example.com/me/app/runs/build/r1'],
      ['WERCKER_DEPLOYTARGET_NAME', 'prod'],
    ]);
  });

  test('mirrors who started the run', () => {
    expect(
      pairs({ variables: { WERCKER_STARTED_BY: 'me', WERCKER_MAIN_PIPELINE_STARTED: '1' } }).slice(-2),
    ).toEqual([
      ['WERCKER_STARTED_BY', 'me'],
      ['WERCKER_MAIN_PIPELINE_STARTED', '1'],
    ]);
  });

  test('lets nothing else of this machine into the box', () => {
    expect(
      pairs({ variables: { HOME: '/root', PATH: '/bin', WERCKER_TOKEN: 't', XX_A: '1', x_B: '2' } }),
    ).toEqual(pairs({}));
  });

  test('puts an X_ value in the place of an earlier one', () => {
    const names = pairs({}).map(([name]) => name);
    expect(pairs({ variables: { X_CI: 'no' } }).map(([name]) => name)).toEqual(names);
    expect(entry('CI', { variables: { X_CI: 'no' } })).toEqual({
      name: 'CI',
      value: 'no',
      expand: true,
      secret: false,
    });
  });

  test('exports XXX_ values last, as secrets, also where an X_ value has the same name', () => {
    const { entries } = build({ variables: { XXX_KEY: '$a', X_KEY: 'plain', X_OTHER: '1' } });
    expect(entries.slice(-2)).toEqual([
      { name: 'OTHER', value: '1', expand: true, secret: false },
      { name: 'KEY', value: '$a', expand: false, secret: true },
    ]);
  });

  test("expands nothing but X_ values: a branch's name stays as it is", () => {
    const expanding = build({ variables: { X_A: '$B', XXX_C: '$D', WERCKER_STARTED_BY: '$E' } }).entries;
    expect(expanding.filter(({ expand }) => expand).map(({ name }) => name)).toEqual(['A']);
  });

  test('gives access to the engine where it is asked for', () => {
    const docker = { networkName: 'w-1', host: 'unix:///var/run/docker.sock' };
    expect(pairs({ docker, variables: { XXX_S: 's' } }).slice(-3)).toEqual([
      ['DOCKER_NETWORK_NAME', 'w-1'],
      ['DOCKER_HOST', 'unix:///var/run/docker.sock'],
      ['S', 's'],
    ]);
  });

  test('leaves out names that no shell variable can have, and names them', () => {
    const { entries, skipped } = build({
      variables: { 'X_a.b': '1', X_: '2', X_1A: '3', 'XXX_a-b': '4', X_ok: '5' },
    });
    expect(skipped).toEqual(['X_a.b', 'X_', 'X_1A', 'XXX_a-b']);
    expect(entries.at(-1)?.name).toBe('ok');
  });

  test('names every variable once', () => {
    const { entries } = build({ variables: { X_TERM: 'dumb', XXX_TERM: 'none', XXX_CI: 'x' } });
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  });

  test('follows the root that the box keeps its run in', () => {
    expect(pairs({ guestRoot: '/w' })[1]).toEqual(['WERCKER_ROOT', '/w/source']);
  });
});
