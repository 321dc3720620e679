import type { BoxCredentials } from '../definition.ts';
import type { Report } from '../report.ts';
import type { YamlMap } from '../yaml/node.ts';
import { expectBoolean, expectText } from './expect.ts';

const PLAIN = { username: 'username', password: 'password', registry: 'registry' } as const;

const AWS = {
  accessKey: 'aws-access-key',
  secretKey: 'aws-secret-key',
  region: 'aws-region',
  registryId: 'aws-registry-id',
} as const;

const AZURE = {
  clientId: 'azure-client-id',
  clientSecret: 'azure-client-secret',
  subscriptionId: 'azure-subscription-id',
  tenantId: 'azure-tenant-id',
  resourceGroup: 'azure-resource-group',
  registryName: 'azure-registry-name',
  loginServer: 'azure-login-server',
} as const;

const AWS_STRICT = 'aws-strict-auth';

type Values<T> = T[keyof T];

export type BoxCredentialKey =
  | Values<typeof PLAIN>
  | Values<typeof AWS>
  | typeof AWS_STRICT
  | Values<typeof AZURE>;

export const BOX_CREDENTIAL_KEYS: readonly BoxCredentialKey[] = [
  ...Object.values(PLAIN),
  ...Object.values(AWS),
  AWS_STRICT,
  ...Object.values(AZURE),
];

export function readCredentials(map: YamlMap, report: Report): BoxCredentials {
  const strictEntry = map.entries.get(AWS_STRICT);
  const strictAuth = strictEntry && expectBoolean(strictEntry, report, 'warn');
  const aws = { ...readTexts(map, AWS, report), ...(strictAuth !== undefined && { strictAuth }) };
  const azure = readTexts(map, AZURE, report);
  return {
    ...readTexts(map, PLAIN, report),
    ...(Object.keys(aws).length > 0 && { aws }),
    ...(Object.keys(azure).length > 0 && { azure }),
  };
}

function readTexts<Field extends string>(
  map: YamlMap,
  keys: Readonly<Record<Field, string>>,
  report: Report,
): { [Name in Field]?: string } {
  const texts: { [Name in Field]?: string } = {};
  for (const field in keys) {
    const entry = map.entries.get(keys[field]);
    const text = entry && expectText(entry, report, 'warn');
    if (text) texts[field] = text;
  }
  return texts;
}
