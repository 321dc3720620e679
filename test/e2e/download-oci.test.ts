import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OciLocation, openStore } from '../../src/store/index.ts';
import { type OciServer, startOciServer } from '../../src/store/testing/oci-server.ts';
import { ask } from '../support/ask.ts';
import { serve } from '../support/download-server.ts';
import { createRig, type Rig } from '../support/rig.ts';

const PATH = '/api/v3/operator/artifact/download';
const KEY = 'project-artifacts/app/run/output.tar';
const BYTES = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));

let oci: OciServer;
beforeEach(async () => {
  oci = await startOciServer();
  await using store = await openStore(oci.location);
  await store.put(KEY, ReadableStream.from([BYTES]));
});
afterEach(() => oci[Symbol.asyncDispose]());

/** The environment of the original's pods. */
const variables = ({ key, namespace, bucket, region, endpoint = '' }: OciLocation) => ({
  WERCKER_OCI_TENANCY_OCID: key.tenancy,
  WERCKER_OCI_USER_OCID: key.user,
  WERCKER_OCI_REGION: region,
  WERCKER_OCI_FINGERPRINT: key.fingerprint,
  WERCKER_OCI_PRIVATE_KEY: key.privateKey,
  WERCKER_OCI_PRIVATE_KEY_PASSPHRASE: '',
  WERCKER_OCI_NAMESPACE: namespace,
  WERCKER_OCI_BUCKETNAME: bucket,
  SLIPWAY_OCI_ENDPOINT: endpoint,
});

const serveBucket = (rig: Rig, environment: Record<string, string> = variables(oci.location)) =>
  serve(rig, ['--debug', 'download', 'server', '--port', '0'], { environment });

const objectAt = (name: string, tenancy = oci.location.key.tenancy): string =>
  `${PATH}?a=${encodeURIComponent(name)}&t=${tenancy}`;

const isRead = ({ target }: { readonly target: string }): boolean => target.startsWith('/p/');
const always = (): boolean => true;

describe('a download of an object of the tenancy', () => {
  it('comes through a pre-authenticated request of two minutes, with the headers of the original', async () => {
    await using rig = createRig();
    const { url, log } = await serveBucket(rig);
    expect(log()[0]).toMatchObject({ bucket: oci.location.bucket, region: oci.location.region });
    const { status, body, headers } = await ask(url, objectAt(KEY));
    expect(status).toBe(200);
    expect(body.equals(BYTES)).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'binary/octet-stream',
      'content-disposition': 'attachment; filename="output.tar"',
      'accept-ranges': 'bytes',
      'content-length': String(BYTES.length),
    });
    const made = oci.seen.filter(({ method, target }) => method === 'POST' && target.endsWith('/p/'));
    expect(made).toHaveLength(1);
    const read = oci.seen.filter(isRead);
    expect(read.length).toBeGreaterThan(0);
    for (const { headers: sent } of read) expect(sent).not.toHaveProperty('authorization');
    const metrics = (await ask(url, '/metrics')).text;
    expect(metrics).toContain(`slipway_download_bytes_total{source="oci"} ${BYTES.length}`);
  });

  it('is found with the prefixes under which the original asks for it', async () => {
    await using rig = createRig();
    const { url } = await serveBucket(rig);
    for (const prefix of ['', 'wercker-development/', 'wercker-production/'])
      expect(await ask(url, objectAt(prefix + KEY), { method: 'HEAD' }), prefix).toMatchObject({
        status: 200,
        headers: { 'content-length': String(BYTES.length) },
      });
    expect(await ask(url, objectAt(`wercker-staging/${KEY}`))).toMatchObject({ status: 404 });
  });

  it('is refused for another tenancy, and not asked for', async () => {
    await using rig = createRig();
    const { url } = await serveBucket(rig);
    const before = oci.seen.length;
    expect(await ask(url, objectAt(KEY, 'ocid1.tenancy.oc1..other'))).toMatchObject({
      status: 403,
      text: 'wrong tenancy\n',
    });
    expect(oci.seen.length).toBe(before);
  });

  it('is refused where no tenancy is configured', async () => {
    await using rig = createRig();
    const { url } = await serveBucket(rig, {});
    expect(await ask(url, objectAt(KEY))).toMatchObject({ status: 403, text: 'wrong tenancy\n' });
  });

  it('is not there when there is none, whatever its name', async () => {
    await using rig = createRig();
    const { url } = await serveBucket(rig);
    for (const name of ['none', '../../etc/passwd', '..', 'a\0b', 'a\r\nb', `${'x'.repeat(2000)}`])
      expect(await ask(url, objectAt(name)), name).toMatchObject({
        status: 404,
        text: 'there is no such artifact\n',
      });
  });

  it('is resumed by curl after a cut', async () => {
    await using rig = createRig();
    const { url } = await serveBucket(rig);
    rig.write('partial', BYTES.subarray(0, 1_234_567));
    const curl = spawn('curl', ['-sSf', '-C', '-', '-o', join(rig.folder, 'partial'), url + objectAt(KEY)]);
    const [status] = await once(curl, 'close');
    expect(status).toBe(0);
    expect(readFileSync(join(rig.folder, 'partial')).equals(BYTES)).toBe(true);
  });

  it('is whole although the store cuts it in the middle', async () => {
    await using rig = createRig();
    const { url } = await serveBucket(rig);
    oci.faults.plan(isRead, { type: 'cut', afterBytes: 1_000_000 });
    const { status, body } = await ask(url, objectAt(KEY));
    expect(status).toBe(200);
    expect(body.equals(BYTES)).toBe(true);
    expect(oci.faults.left).toBe(0);
  });

  it('says that the store failed, and no more, when it answers 500', async () => {
    await using rig = createRig();
    const { url, log } = await serveBucket(rig);
    oci.faults.plan(always, ...Array.from({ length: 20 }, () => ({ type: 'status', status: 500 }) as const));
    const { status, text } = await ask(url, objectAt(KEY));
    expect({ status, text }).toEqual({ status: 502, text: 'the store of the artifacts failed\n' });
    await expect.poll(log).toContainEqual(expect.objectContaining({ level: 'error', status: 502 }));
    expect(JSON.stringify(log())).not.toContain('PRIVATE KEY');
  });

  it('is given up when the store is silent and its client leaves', async () => {
    await using rig = createRig();
    const { url, log, running } = await serveBucket(rig);
    oci.faults.plan(always, { type: 'silence' });
    const asked = oci.seen.length;
    const sent = request(url + objectAt(KEY), { agent: false });
    const failed = once(sent, 'error');
    sent.end();
    await expect.poll(() => oci.seen.length).toBeGreaterThan(asked);
    sent.destroy(new Error('left'));
    await failed;
    await expect.poll(log).toContainEqual(expect.objectContaining({ msg: 'request', status: 'cut' }));
    running.process.kill('SIGTERM'); // nothing goes on that would be waited for
    expect(await running.finished).toMatchObject({ exitCode: 0 });
    expect(log().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('shows the address of a pre-authenticated request to nobody', async () => {
    await using rig = createRig();
    const { url, log } = await serveBucket(rig);
    const { headers } = await ask(url, objectAt(KEY));
    const tokens = oci.seen.filter(isRead).map(({ target }) => /^\/p\/([^/]+)/.exec(target)?.[1] ?? '');
    expect(tokens.length).toBeGreaterThan(0);
    await expect.poll(() => log().some(({ msg }) => msg === 'a download ended')).toBe(true);
    const shown = JSON.stringify([headers, log()]);
    for (const token of tokens) expect(shown).not.toContain(token);
  });
});

describe('a download server whose settings of OCI are not good', () => {
  it.each([
    ['WERCKER_OCI_USER_OCID', '', 'WERCKER_OCI_TENANCY_OCID is set, but not WERCKER_OCI_USER_OCID'],
    ['WERCKER_OCI_BUCKETNAME', '', 'but not WERCKER_OCI_BUCKETNAME'],
    ['WERCKER_OCI_PRIVATE_KEY', 'no key', 'WERCKER_OCI_PRIVATE_KEY holds no private key'],
    ['WERCKER_OCI_REGION', 'evil.example/', 'WERCKER_OCI_REGION is no name of a region'],
  ])('does not start with %s=%j', async (name, value, sentence) => {
    await using rig = createRig();
    const environment = { ...variables(oci.location), [name]: value, PORT: '1' };
    const { exitCode, stderr } = await rig.run(['server'], { program: 'runner-download', environment });
    expect(stderr).toContain(sentence);
    expect(exitCode).toBe(1);
  });

  it('does not start when the file of its key cannot be read', async () => {
    await using rig = createRig();
    const { WERCKER_OCI_PRIVATE_KEY: _, ...rest } = variables(oci.location);
    const environment = { ...rest, WERCKER_OCI_PRIVATE_KEY_PATH: '/none/key.pem' };
    const { exitCode, stderr } = await rig.run(['server'], { program: 'runner-download', environment });
    expect(stderr).toContain(
      'WERCKER_OCI_PRIVATE_KEY_PATH names "/none/key.pem", which cannot be read (ENOENT)',
    );
    expect(exitCode).toBe(1);
  });
});
