import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/store/testing/s3-server.ts';
import { freshId, pipelineFile } from '../support/pipeline.ts';
import { createRig, type Finished, leftOf } from '../support/rig.ts';

let server: S3Server;
let runId: string;
let key: string;
beforeEach(async () => {
  runId = freshId('s3');
  key = `project-artifacts/app/${runId}/output.tar`;
  server = await startS3Server({ bucket: 'kept' });
});
afterEach(() => server[Symbol.asyncDispose]());

const words = (...more: string[]): string[] => [
  'build',
  '--artifacts',
  '--store-s3',
  '--s3-bucket',
  'kept',
  '--s3-endpoint',
  server.endpoint,
  '--application-id',
  'app',
  '--run-id',
  runId,
  ...more,
];

/** The credentials as AWS programs read them; nothing else of a machine's is looked for. */
const credentials = (secret = server.credentials.secretAccessKey): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_EC2_METADATA_DISABLED: 'true',
});

const FILE = pipelineFile({ steps: ['echo content > "$WERCKER_OUTPUT_DIR/f"'] });

interface StoredLine {
  readonly type: string;
  readonly [field: string]: unknown;
}

const linesOf = ({ stdout }: Finished, type: string): StoredLine[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): StoredLine => JSON.parse(line))
    .filter((line) => line.type === type);

describe('slipway build --store-s3', () => {
  it('puts what a run and its steps left into the bucket, with a manifest beside each', async () => {
    await using rig = createRig(
      pipelineFile({
        steps: ['echo content > "$WERCKER_OUTPUT_DIR/f"; echo report > "$WERCKER_REPORT_ARTIFACTS_DIR/r"'],
      }),
    );
    const run = await rig.run([...words(), '--output', 'json'], { environment: credentials() });
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    const keys = [...server.objects.keys()].toSorted((a, b) => (a < b ? -1 : 1));
    const step = new RegExp(`^project-artifacts/app/${runId}/step/[^/]+/output\\.tar(\\.manifest\\.json)?$`);
    expect(keys.filter((one) => one.startsWith('project-artifacts/'))).toEqual([
      key,
      `${key}.manifest.json`,
      expect.stringMatching(step),
      expect.stringMatching(step),
    ]);
    for (const one of keys) {
      expect(server.objects.get(one)).toMatchObject({ acl: 'private', encryption: 'AES256' });
    }
    const object = server.objects.get(key);
    expect(object?.bytes.toString('latin1')).toBe(
      Buffer.from(rig.read('.wercker/latest/output.tar')).toString('latin1'),
    );
    const manifest = JSON.parse(String(server.objects.get(`${key}.manifest.json`)?.bytes));
    expect(manifest).toMatchObject({ runId, key, sizeBytes: object?.bytes.length });
    expect(object?.fields.get('x-amz-meta-sha256')).toBe(manifest.sha256);
    const stored = linesOf(run, 'artifact-stored').find(({ name }) => name === 'output');
    expect(stored).toMatchObject({
      key,
      store: `s3://kept at ${server.endpoint}`,
      sha256: manifest.sha256,
      url: `${server.endpoint}/kept/${key}`,
    });
  });

  it('takes the key from the flags, and says where it stores', async () => {
    await using rig = createRig(FILE);
    const { accessKeyId, secretAccessKey } = server.credentials;
    const flags = ['--aws-access-key', accessKeyId, '--aws-secret-key', secretAccessKey];
    const { exitCode, stdout, stderr } = await rig.run(words(...flags));
    expect(stderr).toContain('Uploading file to S3');
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toContain(secretAccessKey);
    expect(server.objects.has(key)).toBe(true);
  });

  it('sends a large output in parts, and leaves no upload', async () => {
    await using rig = createRig(
      pipelineFile({ steps: ['dd if=/dev/zero of="$WERCKER_OUTPUT_DIR/f" bs=1M count=40 2>/dev/null'] }),
    );
    const { exitCode } = await rig.run(words(), { environment: credentials() });
    expect(exitCode).toBe(0);
    expect(server.objects.get(key)?.bytes.length).toBeGreaterThan(40 * 1024 * 1024);
    expect(server.requests.filter(({ operation }) => operation === 'UploadPart')).toHaveLength(3);
    expect(server.openUploads).toBe(0);
  });

  it('goes where the configuration file says, without a flag', async () => {
    await using rig = createRig(FILE);
    const { accessKeyId, secretAccessKey } = server.credentials;
    rig.write(
      'config.yaml',
      `store:
  type: s3
  bucket: kept
  region: us-east-1
  endpoint: ${server.endpoint}
  accessKeyId: ${accessKeyId}
  secretAccessKey: { variable: KEPT_SECRET }
`,
    );
    const named = ['build', '--artifacts', '--application-id', 'app', '--run-id', runId];
    const environment = { SLIPWAY_CONFIG: 'config.yaml', KEPT_SECRET: secretAccessKey };
    const { exitCode, stderr } = await rig.run(named, { environment });
    expect(stderr).not.toContain('WARNING');
    expect(exitCode).toBe(0);
    expect(server.objects.has(key)).toBe(true);
  });
});

async function freePort(): Promise<number> {
  const probe = createServer();
  return await new Promise((resolve) => {
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

describe('when the bucket cannot take the artifacts', () => {
  const SECRET = 'hunter2-and-nothing-else';

  const CASES: readonly (readonly [string, () => Promise<{ flags?: string[]; secret?: string }>, RegExp])[] =
    [
      [
        'answers 500 for ever',
        async () => {
          server.fail({ fault: { type: 'refuse', status: 500, code: 'InternalError' } });
          return {};
        },
        /it answered with 500/,
      ],
      [
        'stalls',
        async () => {
          server.fail({ fault: { type: 'stall' } });
          return { flags: ['--s3-timeout', '0.3'] };
        },
        /it did not answer in time/,
      ],
      ['refuses the key', async () => ({ secret: SECRET }), /it answered with 403/],
      [
        'is not there',
        async () => ({ flags: ['--s3-endpoint', `http://127.0.0.1:${await freePort()}`] }),
        /it cannot be reached \(ECONNREFUSED\)/,
      ],
      ['has no such bucket', async () => ({ flags: ['--s3-bucket', 'other'] }), /bucket/],
    ];

  it.each(CASES)(
    'because it %s, the run fails with a sentence and keeps its output here',
    async (_, prepare, sentence) => {
      await using rig = createRig(FILE);
      const { flags = [], secret } = await prepare();
      const run = await rig.run([...words(...flags), '--output', 'json'], {
        environment: credentials(secret),
      });
      expect(run.exitCode).toBe(1);
      const [finished] = linesOf(run, 'run-finished');
      expect(finished?.['result']).toBe('failed');
      expect(finished?.['message']).toMatch(/^Storing artifacts failed: /);
      expect(finished?.['message']).toMatch(sentence);
      expect(rig.exists('.wercker/latest/output/f')).toBe(true);
      expect(rig.exists('.wercker/latest/output.tar')).toBe(true);
      expect(server.objects.has(key)).toBe(false);
      expect(server.openUploads).toBe(0);
      const shown = run.stdout + run.stderr;
      for (const hidden of [
        SECRET,
        server.credentials.secretAccessKey,
        server.credentials.accessKeyId,
        'Signature',
      ]) {
        expect(shown).not.toContain(hidden);
      }
      expect(shown).not.toMatch(/\n\s+at /);
      expect(await leftOf(rig.folder)).toEqual([]);
    },
  );

  it('says what is missing where there is no key at all', async () => {
    await using rig = createRig(FILE);
    const environment = { AWS_EC2_METADATA_DISABLED: 'true' };
    const { exitCode, stderr } = await rig.run(words(), { environment });
    expect(stderr).toContain('there are no usable credentials');
    expect(stderr).toContain('AWS_ACCESS_KEY_ID');
    expect(exitCode).toBe(1);
  });

  it('lets the person interrupt what does not end', async () => {
    await using rig = createRig(FILE);
    server.fail({ fault: { type: 'stall' } });
    const run = rig.start(words(), { environment: credentials() });
    await run.waitFor('Uploading file to S3');
    run.process.kill('SIGINT');
    const { exitCode, stderr } = await run.finished;
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain('Storing artifacts failed');
    expect(server.objects.has(key)).toBe(false);
  });
});
