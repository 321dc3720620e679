import { checkConfiguration } from '../options/check-configuration.ts';
import type { WorkerConfiguration } from '../options/schema.ts';

/** Variable by the setting that it gives. */
const VARIABLES = {
  provisionerId: 'PROVISIONER_ID',
  workerType: 'WORKER_TYPE',
  workerGroup: 'WORKER_GROUP',
  workerId: 'WORKER_ID',
  workerNodeType: 'WORKER_NODE_TYPE',
  publicIp: 'PUBLIC_IP',
  privateIp: 'PRIVATE_IP',
  publicHost: 'PUBLIC_HOST',
  instanceId: 'INSTANCE_ID',
  instanceType: 'INSTANCE_TYPE',
  region: 'REGION',
} as const;

/** Of the hosts `test` and `packet`: what variables say. */
export function configureFromEnvironment(environment: NodeJS.ProcessEnv): WorkerConfiguration {
  const texts = Object.entries(VARIABLES).flatMap(([key, name]) => {
    const value = environment[name];
    return value ? [[key, value]] : [];
  });
  const capacity = environment['CAPACITY'];
  const numbers = capacity ? { capacity: Number(capacity) } : {};
  return checkConfiguration({ ...Object.fromEntries(texts), ...numbers }, 'environment');
}
