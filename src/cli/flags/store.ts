import type { Flag } from '../flag.ts';

const S3: readonly Flag[] = [
  {
    name: 'store-s3',
    about: 'store the artifacts in a bucket of the S3 API, or with --local-file-store in that folder',
  },
  {
    name: 's3-bucket',
    value: 'NAME',
    default: 'wercker-development',
    about: 'bucket of the artifacts; has to be given for a real one',
  },
  {
    name: 's3-endpoint',
    value: 'URL',
    variable: 'AWS_ENDPOINT_URL_S3',
    about: "a server that speaks the S3 API, instead of AWS's own",
  },
  {
    name: 's3-encryption',
    value: 'METHOD',
    choices: ['AES256', 'none'],
    default: 'AES256',
    about: 'whether the server is to encrypt what it stores; some that are not AWS cannot',
  },
  {
    name: 's3-timeout',
    value: 'SECONDS',
    default: '30',
    hidden: true,
    about: 'how long that server may be silent before it counts as gone',
  },
  {
    name: 'aws-access-key',
    value: 'ID',
    about:
      'with --aws-secret-key; without them what AWS programs read counts: AWS_ACCESS_KEY_ID, AWS_PROFILE…',
  },
  {
    name: 'aws-secret-key',
    value: 'TEXT',
    about: 'better set AWS_SECRET_ACCESS_KEY: flags can be seen in ps',
  },
  {
    name: 'aws-region',
    value: 'NAME',
    default: 'us-east-1',
    variable: 'AWS_REGION',
    about: 'region of the bucket',
  },
];

/** Flag by flag the variable that says the same; what is given as a flag wins. */
export const OCI_VARIABLES = {
  'oci-tenancy-ocid': 'WERCKER_OCI_TENANCY_OCID',
  'oci-user-ocid': 'WERCKER_OCI_USER_OCID',
  'oci-region': 'WERCKER_OCI_REGION',
  'oci-fingerprint': 'WERCKER_OCI_FINGERPRINT',
  'oci-private-key-path': 'WERCKER_OCI_PRIVATE_KEY_PATH',
  'oci-private-key-passphrase': 'WERCKER_OCI_PRIVATE_KEY_PASSPHRASE',
} as const;

const OCI: readonly Flag[] = [
  { name: 'store-oci', about: 'store the artifacts in a bucket of OCI Object Storage' },
  {
    name: 'oci-bucket',
    value: 'NAME',
    default: 'wercker-development',
    about: 'bucket of the artifacts in OCI',
  },
  { name: 'oci-namespace', value: 'NAME', about: 'namespace of that bucket' },
  ...Object.entries(OCI_VARIABLES).map(([name, variable]) => ({
    name,
    value: 'TEXT',
    hidden: true,
    about: `for --store-oci: better set ${variable}`,
  })),
];

/** Which store a run's artifacts go to. */
export const STORE: readonly Flag[] = [...S3, ...OCI];
