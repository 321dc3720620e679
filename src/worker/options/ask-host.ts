import { type AwsHostOptions, configureAws } from '../host/aws.ts';
import type { Ec2Metadata } from '../host/ec2-metadata.ts';
import { configureFromEnvironment } from '../host/environment.ts';
import { configureWorkerRunner } from '../host/worker-runner.ts';
import type { WorkerConfiguration } from './schema.ts';

/** Where a machine says who it is. */
export type HostKind = 'test' | 'aws' | 'worker-runner' | 'packet';

export interface AskHostOptions {
  readonly kind: HostKind | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly metadata: Ec2Metadata;
  readonly fetchJson: AwsHostOptions['fetchJson'];
}

/** What the host integration says; nothing without one. */
export async function askHost(options: AskHostOptions): Promise<WorkerConfiguration> {
  const { kind, environment, metadata, fetchJson } = options;
  if (kind === 'aws') return await configureAws({ metadata, fetchJson });
  if (kind === 'worker-runner') return await configureWorkerRunner(environment);
  return kind === undefined ? {} : configureFromEnvironment(environment);
}
