import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Flag } from '../../src/cli/flag.ts';
import { parseArguments } from '../../src/cli/flag-values.ts';
import { SERVER_FLAGS } from '../../src/cli/flags/server.ts';
import { WORKER_FLAGS } from '../../src/cli/flags/worker.ts';

const DEPLOY = resolve(import.meta.dirname, '../../deploy');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly configs?: readonly { readonly source: string }[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly file?: string }>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose: Compose = parse(readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8'));
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === 'slipway');

/** The words of the program that a service's shell ends as. */
function programWords({ command = [] }: Service): readonly string[] {
  const [, words = ''] = /exec slipway ([\s\S]*)$/.exec(command[2] ?? '') ?? [];
  return words.trim().split(/\s+/);
}

const FLAGS: Readonly<Record<string, readonly Flag[]>> = { server: SERVER_FLAGS, worker: WORKER_FLAGS };

describe('the fleet of deploy/compose.yaml', () => {
  it('names only secrets, configurations, volumes and services that it has', () => {
    for (const [, service] of services) {
      const needed = service.depends_on ?? [];
      for (const name of Array.isArray(needed) ? needed : Object.keys(needed))
        expect(compose.services).toHaveProperty([name]);
      for (const name of service.secrets ?? []) expect(compose.secrets).toHaveProperty([name]);
      for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty([source]);
      const named = (service.volumes ?? []).map((text) => text.split(':')[0] ?? '');
      for (const name of named.filter((each) => !each.startsWith('/')))
        expect(compose.volumes).toHaveProperty([name]);
    }
    for (const { file } of Object.values(compose.configs))
      if (file !== undefined) expect(existsSync(join(DEPLOY, file))).toBe(true);
  });

  it.each(ours)('starts the %s with flags that it has, by a shell that can read it', (_name, service) => {
    const [first = '', ...words] = programWords(service);
    const flags = FLAGS[first] ?? [];
    const { flags: values } = parseArguments(first === 'worker' ? words.slice(1) : words, flags, {});
    expect(values.required(first === 'worker' ? 'root-url' : 'host')).not.toBe('');
    const script = (service.command?.[2] ?? '').replaceAll('$$', '$');
    expect(spawnSync('sh', ['-n', '-c', script]).status).toBe(0);
  });

  it.each(ours)('confines the %s, and gives it no secret in a variable', (_name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(
      Object.keys(service.environment ?? {}).filter((name) => /TOKEN|PASSWORD|DATABASE/.test(name)),
    ).toEqual([]);
  });

  it('has a proxy that nginx takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-compose-'));
    // Its servers have no name outside of their network.
    const site = readFileSync(join(DEPLOY, 'compose/nginx.conf'), 'utf8').replace(
      'server:8080',
      '127.0.0.1:8080',
    );
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, `pid ${join(folder, 'pid')};\nevents {}\nhttp {\naccess_log off;\n${site}\n}\n`);
    const env = { PATH: `${process.env['PATH']}:/usr/sbin` };
    const { status, stderr } = spawnSync('nginx', ['-t', '-p', folder, '-c', file, '-e', 'stderr'], {
      env,
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect([status, stderr]).toEqual([0, expect.stringContaining('test is successful')]);
  });
});
