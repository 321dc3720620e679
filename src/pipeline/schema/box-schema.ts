import type { JsonSchema } from '../../kernel/index.ts';
import type { BOX_KEYS } from '../definition/box-fields.ts';
import type { READY_KEYS } from '../definition/keys.ts';
import { orNothing, reference, text, truth } from './values.ts';

const PORT: JsonSchema = {
  anyOf: [
    { type: 'integer', minimum: 1, maximum: 65_535 },
    { type: 'string', pattern: '^[0-9]{1,5}$' },
  ],
};

const PORTS: JsonSchema = { anyOf: [PORT, { type: 'array', items: PORT, minItems: 1 }] };

const READY_FIELDS: Readonly<Record<(typeof READY_KEYS)[number], JsonSchema>> = {
  tcp: { ...PORTS, description: 'ready when these ports take a connection' },
  http: {
    type: 'string',
    pattern: '^/[!-~]*$',
    description: 'ready when a GET of this path answers well, or with `status`',
  },
  command: {
    description: 'ready when this command ends with 0 in the service',
    anyOf: [
      { type: ['string', 'number', 'boolean'] },
      { type: 'array', minItems: 1, items: { type: ['string', 'number', 'boolean'] } },
    ],
  },
  log: { type: ['string', 'number', 'boolean'], description: 'ready when the service has printed this' },
  port: { ...PORT, description: 'port of `http`, 80 unless it is given' },
  status: {
    description: 'the status that `http` must answer',
    anyOf: [
      { type: 'integer', minimum: 100, maximum: 599 },
      { type: 'string', pattern: '^[1-5][0-9][0-9]$' },
    ],
  },
  timeout: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 3600,
    description: 'seconds after which the run gives up',
  },
};

export const READY: JsonSchema = {
  description: 'when the service counts as ready: no step starts before',
  anyOf: [
    truth('true: by what its image says; false: at once'),
    PORTS,
    { type: 'object', properties: READY_FIELDS, additionalProperties: false, minProperties: 1 },
  ],
};

const CREDENTIAL = 'may hold $NAME';

const BOX_FIELDS: Readonly<Record<(typeof BOX_KEYS)[number], JsonSchema>> = {
  id: text('the image: name, name:tag, host:port/name or name@sha256:…'),
  tag: text('tag of the image, instead of the one in `id`'),
  name: text("a service's host name for the box and the other services"),
  cmd: text('command, as one line'),
  entrypoint: text('entrypoint, as one line'),
  env: orNothing({
    type: 'object',
    description: 'variables of the container; names become upper case',
    additionalProperties: text('may hold $NAME'),
  }),
  ports: orNothing({
    type: 'array',
    description: 'published with --expose-ports: [ip:][host:]container[/tcp|udp]',
    items: { type: ['string', 'integer'] },
  }),
  volumes: text('mounted with --enable-volumes: "/data /host:/box"'),
  url: text('a service that is built first: file://FOLDER#PIPELINE'),
  user: text('whom its processes run as'),
  ready: reference('ready'),
  username: text(`user's name at the registry; ${CREDENTIAL}`),
  password: text(`password at the registry; ${CREDENTIAL}`),
  registry: text('address of the registry'),
  'aws-access-key': text(`for ECR; ${CREDENTIAL}`),
  'aws-secret-key': text(`for ECR; ${CREDENTIAL}`),
  'aws-region': text('for ECR'),
  'aws-registry-id': text('for ECR: number of the account'),
  'aws-strict-auth': orNothing(truth('for ECR')),
  'azure-client-id': text(`for ACR; ${CREDENTIAL}`),
  'azure-client-secret': text(`for ACR; ${CREDENTIAL}`),
  'azure-subscription-id': text('for ACR'),
  'azure-tenant-id': text('for ACR'),
  'azure-resource-group': text('for ACR'),
  'azure-registry-name': text('for ACR'),
  'azure-login-server': text('for ACR: host of the registry'),
};

const IMAGE: JsonSchema = { type: ['string', 'number', 'boolean'], minLength: 1, description: 'an image' };

function containerSchema(description: string, fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const map: JsonSchema = {
    type: 'object',
    properties: fields,
    additionalProperties: false,
    anyOf: [{ required: ['id'] }, { required: ['url'] }],
  };
  return { description, anyOf: [IMAGE, map] };
}

const { ready: _, ...WITHOUT_READY } = BOX_FIELDS;

export const BOX = containerSchema('the image that the run’s container starts from', WITHOUT_READY);

export const SERVICE = containerSchema('a container beside the box', BOX_FIELDS);
