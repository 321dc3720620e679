import { expect, it } from 'vitest';
import { workerEnvironment } from './worker-environment.ts';

const SECRETS = [
  'DATABASE_URL',
  'PGPASSWORD',
  'SLIPWAY_DATABASE_URL',
  'SLIPWAY_STORE_SECRET_ACCESS_KEY',
  'SLIPWAY_DOWNLOAD_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'WERCKER_OCI_PRIVATE_KEY',
  'WERCKER_OCI_PRIVATE_KEY_PASSPHRASE',
  'REGISTRY_PASS',
  'COUCHDB_ADMIN_PASSWORD',
  'TASKCLUSTER_ACCESS_TOKEN',
];
const KEPT = ['PATH', 'HOME', 'DOCKER_HOST', 'SLIPWAY_DATA_DIR', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'AWS_REGION'];

it('the worker beside a server has its variables, and none of its secrets', () => {
  const environment = Object.fromEntries([...SECRETS, ...KEPT].map((name) => [name, 'x']));
  expect(new Set(Object.keys(workerEnvironment(environment)))).toEqual(new Set(KEPT));
});
