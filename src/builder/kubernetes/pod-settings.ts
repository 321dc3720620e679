import { parse } from 'yaml';
import { z } from 'zod';
import { KubernetesError } from './client/index.ts';
import type { KubernetesSettings } from './settings.ts';

const Quantity = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^\d+(?:\.\d+)?(?:m|[kMGTPE]i?)?$/, 'expected a quantity, like 250m or 2Gi'));
const Quantities = z.record(z.string(), Quantity);
const Name = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'expected the name of an object');

/** What an operator may say of the pods of builds; the rest of them is Slipway's business. */
const PodSettings = z
  .strictObject({
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    imagePullSecrets: z.array(Name),
    resources: z.strictObject({ requests: Quantities.default({}), limits: Quantities.default({}) }),
    storageLimit: Quantity,
    nodeSelector: z.record(z.string(), z.string()),
    tolerations: z.array(
      z
        .strictObject({
          key: z.string(),
          operator: z.enum(['Exists', 'Equal']),
          value: z.string(),
          effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
          tolerationSeconds: z.number().int().min(0),
        })
        .partial(),
    ),
    serviceAccount: Name,
    ttlSecondsAfterFinished: z.number().int().min(0).max(604_800),
    startLimitSeconds: z.number().int().min(1).max(86_400),
  })
  .partial();

/** Reads a file of settings for the pods of builds, in YAML. Throws `INVALID_CONFIG` with what is wrong in it. */
export function readPodSettings(text: string): Partial<KubernetesSettings> {
  const parsed = PodSettings.safeParse(parseYaml(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'as a whole';
    throw new KubernetesError(
      'INVALID_CONFIG',
      `the settings for pods of builds: ${where}: ${issue?.message}`,
    );
  }
  const said = Object.entries(parsed.data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Partial<KubernetesSettings>; // the schema has no other fields
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 10 }) ?? {};
  } catch (cause) {
    throw new KubernetesError('INVALID_CONFIG', 'the settings for pods of builds are no YAML', { cause });
  }
}
