import { resolve } from 'node:path';
import type { MaintenanceSettings } from '../builder/index.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './exit-code.ts';

const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The cluster and namespace that a command is about. Throws `UsageError`. */
export function clusterOf({ flags, environment, currentFolder }: CommandContext): MaintenanceSettings {
  const namespace = flags.required('namespace');
  if (!NAMESPACE.test(namespace))
    throw new UsageError(`--namespace: "${namespace}" is not the name of a namespace`);
  const [context, kubeconfig] = [flags.text('context'), flags.text('kubeconfig')];
  return {
    namespace,
    environment,
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(currentFolder, kubeconfig) }),
  };
}
