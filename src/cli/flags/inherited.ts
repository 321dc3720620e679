import type { Flag } from '../flag.ts';

const hidden = (name: string, about: string, value?: string): Flag => ({
  name,
  hidden: true,
  about,
  ...(value === undefined ? {} : { value }),
});

const OCI_CREDENTIALS: readonly Flag[] = (
  [
    'tenancy-ocid',
    'user-ocid',
    'region',
    'private-key-path',
    'private-key-passphrase',
    'fingerprint',
  ] as const
).map((name) => ({
  name: `oci-${name}`,
  value: 'TEXT',
  variable: `WERCKER_OCI_${name.replaceAll('-', '_').toUpperCase()}`,
  hidden: true,
  about: 'for --store-oci',
}));

/** Flags of the original that choose nothing here yet, or no longer: lines that have them keep working. */
export const INHERITED: readonly Flag[] = [
  hidden('mnt-root', 'ignored: nothing is mounted there', 'PATH'),
  { ...hidden('guest-root', 'where things are in the box', 'PATH'), default: '/pipeline' },
  { ...hidden('report-root', 'where steps report in the box', 'PATH'), default: '/report' },
  hidden('aws-secret-key', 'for a store in S3', 'TEXT'),
  hidden('aws-access-key', 'for a store in S3', 'TEXT'),
  { ...hidden('aws-region', 'for a store in S3', 'NAME'), default: 'us-east-1' },
  hidden('store-oci', 'store the artifacts in an OCI object store'),
  ...OCI_CREDENTIALS,
  { ...hidden('oci-bucket', 'for --store-oci', 'NAME'), default: 'wercker-development' },
  hidden('oci-namespace', 'for --store-oci', 'NAME'),
];

/** The same, of builds only. */
export const INHERITED_BY_BUILDS: readonly Flag[] = [
  hidden('workflows-in-yml', 'refuse to run where a workflow of the file has a mistake'),
];
