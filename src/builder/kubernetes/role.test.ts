import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { buildkitdToml } from './objects/buildkitd.ts';
import { DIGEST, listen, NAMESPACE, openBackendRig, workOf } from './testing/rig.ts';

const FOLDER = resolve(import.meta.dirname, '../../../deploy/kubernetes/builder');

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** `verb resource` for all that the role lets the server do. */
function allowed(): ReadonlySet<string> {
  const documents = parseAllDocuments(readFileSync(resolve(FOLDER, 'role.yaml'), 'utf8')).map((each) =>
    each.toJS(),
  );
  // Another test checks the manifest against the API's schema.
  const { rules } = documents.find(({ kind }) => kind === 'Role') as { readonly rules: readonly Rule[] };
  return new Set(
    rules.flatMap(({ resources, verbs }) => resources.flatMap((it) => verbs.map((verb) => `${verb} ${it}`))),
  );
}

it('the role that comes with Slipway is enough for all that a server does, and has nothing more', async () => {
  const role = allowed();
  const used = new Set<string>();
  const mayDo = (verb: string, resource: string): boolean => {
    used.add(`${verb} ${resource}`);
    return role.has(`${verb} ${resource}`);
  };
  await using rig = await openBackendRig({ mayDo });
  const { backend, standIn } = rig;
  standIn.create('secrets', NAMESPACE, {
    metadata: { name: 'registry-pull-secret' },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') },
  });
  await expect(backend.check()).resolves.toMatchObject({ isWell: true });
  await backend.destination({}, 'alice');
  const destination = await backend.destination({ REGISTRY_SECRET: 'me:my word' }, 'alice');
  const never = new AbortController().signal;
  await expect(backend.build(workOf({ destination }), listen(), never)).resolves.toEqual({ digest: DIGEST });
  standIn.create('jobs', NAMESPACE, {
    metadata: { name: workOf().jobName },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'other', image: 'other' }] } } },
  });
  await expect(backend.build(workOf(), listen(), never)).rejects.toThrow('another Job'); // looks at the one that is there
  await backend.removeLeftovers(new Set());
  expect([...used].toSorted()).toEqual([...role].toSorted());
});

it('the configuration of BuildKit that comes with Slipway is the one that a server would make', () => {
  const { data } = parse(readFileSync(resolve(FOLDER, 'buildkitd.yaml'), 'utf8')) as {
    readonly data: Readonly<Record<string, string>>;
  };
  expect(data).toEqual({ 'buildkitd.toml': buildkitdToml(['nuvolaris-registry-svc:5000']) });
});
