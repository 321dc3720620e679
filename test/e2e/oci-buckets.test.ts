import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createOciKey,
  type OciServer,
  type OciServerOptions,
  startOciServer,
} from '../../src/store/testing/oci-server.ts';
import type { OciFault } from '../../src/store/testing/oci-server-faults.ts';
import { serve } from '../support/download-server.ts';
import { freePort } from '../support/free-port.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { createRig, type Finished, leftOf } from '../support/rig.ts';

const TLS = resolve(import.meta.dirname, '../support/tls');
const BUSY_MACHINE_MS = 90_000; // several programs at once, beside other tests
const PASSPHRASE = 'correct horse battery staple';
const FILE = pipelineFile({ steps: ['echo content > "$WERCKER_OUTPUT_DIR/f"'] });

/** A bucket for one test, and the run whose artifacts go there. */
class Bucket implements AsyncDisposable {
  readonly server: OciServer;
  readonly runId = freshId('oci');
  readonly key = `project-artifacts/app/${this.runId}/output.tar`;

  constructor(server: OciServer) {
    this.server = server;
  }

  words(...more: string[]): string[] {
    const place = ['--artifacts', '--store-oci', '--application-id', 'app', '--run-id', this.runId];
    return ['build', ...place, ...more];
  }

  /** The environment of the original. */
  variables(): Record<string, string> {
    const { location } = this.server;
    return {
      WERCKER_OCI_TENANCY_OCID: location.key.tenancy,
      WERCKER_OCI_USER_OCID: location.key.user,
      WERCKER_OCI_REGION: location.region,
      WERCKER_OCI_FINGERPRINT: location.key.fingerprint,
      WERCKER_OCI_PRIVATE_KEY: location.key.privateKey,
      WERCKER_OCI_NAMESPACE: location.namespace,
      WERCKER_OCI_BUCKETNAME: location.bucket,
      SLIPWAY_OCI_ENDPOINT: location.endpoint ?? '',
    };
  }

  /** Nothing of the key, of what it signs, or of the addresses that need no signature is ever shown. */
  expectNoSecret({ stdout, stderr }: Pick<Finished, 'stdout' | 'stderr'>): void {
    const shown = stdout + stderr;
    const [, line = ''] = this.server.location.key.privateKey.split('\n');
    expect(line).toMatch(/^.{60,}$/);
    for (const hidden of [line, 'PRIVATE KEY-', PASSPHRASE, 'Signature version', 'keyId=', '/p/'])
      expect(shown).not.toContain(hidden);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

async function openBucket(options?: OciServerOptions): Promise<Bucket> {
  return new Bucket(await startOciServer(options));
}

describe.concurrent('artifacts in a bucket of OCI', { timeout: BUSY_MACHINE_MS }, () => {
  it('are what the run left, with their digest, and no log shows the key', async () => {
    await using bucket = await openBucket();
    await using rig = createRig(FILE);
    const run = await rig.run(['--debug', ...bucket.words()], { environment: bucket.variables() });
    expect(run.stderr).toContain('Uploading file to OCI Object Store');
    expect(run.exitCode).toBe(0);
    const object = bucket.server.objects.get(bucket.key);
    const kept = readFileSync(join(rig.folder, '.wercker/latest/output.tar'));
    expect(object?.bytes.equals(kept)).toBe(true);
    const manifest = JSON.parse(String(bucket.server.objects.get(`${bucket.key}.manifest.json`)?.bytes));
    expect(manifest).toMatchObject({ runId: bucket.runId, key: bucket.key, sizeBytes: kept.length });
    expect(object?.metadata['opc-meta-sha256']).toBe(manifest.sha256);
    bucket.expectNoSecret(run);
  });

  it('go up in parts where they are large', async () => {
    await using bucket = await openBucket();
    await using rig = createRig(
      pipelineFile({ steps: ['dd if=/dev/zero of="$WERCKER_OUTPUT_DIR/f" bs=1M count=40 2>/dev/null'] }),
    );
    const { exitCode } = await rig.run(bucket.words(), { environment: bucket.variables() });
    expect(exitCode).toBe(0);
    const object = bucket.server.objects.get(bucket.key);
    expect(object?.bytes.length).toBeGreaterThan(40 * 1024 * 1024);
    expect(object?.metadata['opc-meta-sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(bucket.server.seen.filter(({ target }) => target.includes('uploadPartNum='))).toHaveLength(3);
    expect(bucket.server.openUploads()).toEqual([]);
  });

  it('go over TLS with an encrypted key, to a server that is known', async () => {
    const [tlsKey, cert] = ['server.key', 'server.crt'].map((name) => readFileSync(join(TLS, name), 'utf8'));
    const tls = { key: tlsKey ?? '', cert: cert ?? '' };
    await using bucket = await openBucket({ tls, passphrase: PASSPHRASE });
    await using rig = createRig(FILE);
    const environment = { ...bucket.variables(), WERCKER_OCI_PRIVATE_KEY_PASSPHRASE: PASSPHRASE };
    const unknown = await rig.run(bucket.words(), { environment });
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toContain('the connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)');
    expect(bucket.server.seen).toEqual([]);
    const known = { ...environment, NODE_EXTRA_CA_CERTS: join(TLS, 'server.crt') };
    const run = await rig.run(bucket.words(), { environment: known });
    expect(run.exitCode).toBe(0);
    expect(bucket.server.objects.has(bucket.key)).toBe(true);
    bucket.expectNoSecret(run);
  });
});

// The program tries again and waits between: beside each other.
describe.concurrent('when the bucket of OCI cannot take the artifacts', { timeout: BUSY_MACHINE_MS }, () => {
  const BUSY: OciFault = { type: 'status', status: 503, code: 'ServiceUnavailable' };

  const CASES: readonly (readonly [string, (bucket: Bucket) => Promise<Record<string, string>>, RegExp])[] = [
    [
      'answers 503 for ever',
      async ({ server }) => {
        server.faults.plan(({ method }) => method === 'PUT', ...Array.from({ length: 20 }, () => BUSY));
        return {};
      },
      /: the store answers 503 ServiceUnavailable \(opc-request-id [\w-]+\)$/,
    ],
    [
      'refuses the key',
      async () => ({ WERCKER_OCI_PRIVATE_KEY: createOciKey().privateKey }),
      /: the store refuses: 401 /,
    ],
    [
      'is not there',
      async () => ({ SLIPWAY_OCI_ENDPOINT: `http://127.0.0.1:${await freePort()}` }),
      /: the store cannot be reached: the connection failed \(ECONNREFUSED\)$/,
    ],
    [
      'is in another namespace',
      async () => ({ WERCKER_OCI_NAMESPACE: 'other' }),
      /: the bucket is not there, or this key may not see it: 404 NamespaceNotFound /,
    ],
  ];

  it.each(CASES)(
    'because it %s, the run fails with a sentence and keeps its output here',
    async (_, prepare, sentence) => {
      await using bucket = await openBucket();
      await using rig = createRig(FILE);
      const environment = { ...bucket.variables(), ...(await prepare(bucket)) };
      const run = await rig.run(['--debug', ...bucket.words('--output', 'json')], { environment });
      expect(run.exitCode).toBe(1);
      const finished = JSON.parse(run.stdout.trimEnd().split('\n').at(-1) ?? '');
      expect(finished).toMatchObject({ type: 'run-finished', result: 'failed' });
      expect(finished.message).toMatch(/^Storing artifacts failed: /);
      expect(finished.message).toMatch(sentence);
      expect(rig.exists('.wercker/latest/output/f')).toBe(true);
      expect(bucket.server.objects.size).toBe(0);
      expect(bucket.server.openUploads()).toEqual([]);
      bucket.expectNoSecret(run);
      expect(run.stdout + run.stderr).not.toMatch(/\n\s+at /);
      expect(await leftOf(rig.folder)).toEqual([]);
    },
  );

  it('because the key is encrypted, it is said before the run', async () => {
    await using bucket = await openBucket();
    await using rig = createRig(FILE);
    const environment = {
      ...bucket.variables(),
      WERCKER_OCI_PRIVATE_KEY: createOciKey(PASSPHRASE).privateKey,
    };
    const run = await rig.run(bucket.words(), { environment });
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('is encrypted: set WERCKER_OCI_PRIVATE_KEY_PASSPHRASE');
    expect(rig.exists('.wercker')).toBe(false);
    bucket.expectNoSecret(run);
  });
});

describe('runner-download with a bucket of OCI', () => {
  const ask = ({ server }: Bucket, url: string, name: string): Promise<Response> => {
    const query = new URLSearchParams({ a: name, t: server.location.key.tenancy });
    return fetch(`${url}/api/v3/operator/artifact/download?${query}`);
  };

  it('gives what a run stored, and leaves no pre-authenticated request behind', async () => {
    await using bucket = await openBucket();
    await using rig = createRig(FILE);
    await rig.run(bucket.words(), { environment: bucket.variables() });
    const started = ['--debug', 'server', '--port', String(await freePort())];
    const program = { program: 'runner-download', environment: bucket.variables() } as const;
    const { url, running, log } = await serve(rig, started, program);
    const answer = await ask(bucket, url, `wercker-production/${bucket.key}`);
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bucket.server.objects.get(bucket.key)?.bytes.equals(bytes)).toBe(true);
    running.process.kill('SIGTERM');
    const finished = await running.finished;
    expect(finished.exitCode).toBe(0);
    expect(bucket.server.accesses()).toEqual([]);
    expect(log().filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
    bucket.expectNoSecret(finished);
  });

  it('answers 502 where the bucket fails, and shows no address that needs no signature', async () => {
    await using bucket = await openBucket();
    await using rig = createRig(FILE);
    await rig.run(bucket.words(), { environment: bucket.variables() });
    const started = ['--debug', 'server', '--port', String(await freePort())];
    const program = { program: 'runner-download', environment: bucket.variables() } as const;
    const { url, running } = await serve(rig, started, program);
    const fault: OciFault = { type: 'status', status: 500, code: 'InternalServerError' };
    bucket.server.faults.plan(({ target }) => target.startsWith('/p/'), fault, fault, fault, fault);
    const answer = await ask(bucket, url, bucket.key);
    expect(answer.status).toBe(502);
    const text = await answer.text();
    running.process.kill('SIGTERM');
    const { stderr } = await running.finished;
    expect(stderr).toContain('500 InternalServerError');
    bucket.expectNoSecret({ stdout: text, stderr });
  });
});
