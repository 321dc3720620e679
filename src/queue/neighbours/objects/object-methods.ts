import type { ArtifactUrls } from '../../artifact-urls.ts';
import { QueueError } from '../../error.ts';
import {
  artifactOfObject,
  bytesOf,
  finishUpload,
  isUploaded,
  knownObject,
  type ObjectPlaces,
  type OfRun,
} from '../../objects/index.ts';
import type { ArtifactRecord } from '../../queue.ts';
import { type SystemContext, systemMethods } from '../../routes/system-methods.ts';
import { methodsOf, type Service } from '../../service/index.ts';
import { createUpload } from './create-upload.ts';
import {
  CreatedUpload,
  CreateUpload,
  FinishUpload,
  ObjectAddress,
  ObjectFacts,
  StartDownload,
  StartedDownload,
} from './schema.ts';

/** What the methods of the object service work with. */
export interface ObjectContext extends SystemContext, ObjectPlaces {
  readonly urls: ArtifactUrls;
}

const method = methodsOf<ObjectContext>();
const UPLOAD = 'object:upload:<projectId>:<name>';
const DOWNLOAD = 'object:download:<name>';

const METHODS = [
  method({
    name: 'createUpload',
    verb: 'PUT',
    path: '/upload/<name>',
    about: 'begins the upload of an object that createArtifact made, or goes on with it',
    scopes: UPLOAD,
    input: CreateUpload,
    output: CreatedUpload,
    secrets: ['proposedUploadMethods', 'uploadId'],
    async handle({ params: { name }, body, authorize, baseUrl }, context) {
      authorize({ projectId: body.projectId });
      return await createUpload({ ...context, baseUrl }, uploadable(name), body);
    },
  }),
  method({
    name: 'finishUpload',
    verb: 'POST',
    path: '/finish-upload/<name>',
    about: 'says that all of an object is there: it cannot change from then on',
    scopes: UPLOAD,
    input: FinishUpload,
    secrets: ['uploadId'],
    async handle({ params: { name }, body, authorize }, context) {
      authorize({ projectId: body.projectId });
      await finishUpload(context, uploadable(name), { ...body, hashes: body.hashes ?? {} });
      return {};
    },
  }),
  method({
    name: 'startDownload',
    verb: 'PUT',
    path: '/start-download/<name>',
    about: 'says where the bytes of an object are, in one of the ways that the caller knows',
    scopes: DOWNLOAD,
    input: StartDownload,
    output: StartedDownload,
    async handle({ params: { name }, body: { acceptDownloadMethods: knows }, baseUrl }, context) {
      const record = await uploaded(context, name);
      const { url, expiresAt } = context.urls.objectUrl(record, baseUrl);
      const expires = new Date(expiresAt).toISOString();
      if (knows.getUrl) return { method: 'getUrl', url, expires, hashes: hashesOf(record) };
      if (knows.simple) return { method: 'simple', url };
      throw new QueueError('NoMatchingMethod', 'Objects are downloaded with the methods getUrl and simple.');
    },
  }),
  method({
    name: 'object',
    verb: 'GET',
    path: '/metadata/<name>',
    about: 'gives the facts of an object',
    scopes: DOWNLOAD,
    output: ObjectFacts,
    async handle({ params: { name } }, context) {
      const record = await uploaded(context, name);
      const expires = new Date(record.expires).toISOString();
      return { projectId: record.details['projectId'], expires, hashes: hashesOf(record) };
    },
  }),
  method({
    name: 'download',
    verb: 'GET',
    path: '/download/<name>',
    about: 'leads to the bytes of an object',
    status: 303,
    scopes: DOWNLOAD,
    output: ObjectAddress,
    async handle({ params: { name }, answer, baseUrl }, context) {
      const { url } = context.urls.objectUrl(await uploaded(context, name), baseUrl);
      answer(303, { location: url });
      return { url };
    },
  }),
];

/** Throws `NoMatchingBackend`: only the queue makes objects here. */
function uploadable(name: string): OfRun {
  const of = artifactOfObject(name);
  if (of !== undefined) return of;
  throw new QueueError(
    'NoMatchingBackend',
    'Objects here are those of artifacts, t/<taskId>/<runId>/<name>: createArtifact makes them.',
  );
}

/** An object that is whole. Throws `ResourceNotFound`. */
async function uploaded(context: ObjectContext, name: string): Promise<ArtifactRecord> {
  const of = artifactOfObject(name);
  const record = of && (await knownObject(context, of));
  if (record !== undefined && isUploaded(record)) return record;
  throw new QueueError('ResourceNotFound', `There is no object ${name}.`);
}

function hashesOf(record: ArtifactRecord): { readonly sha256: string; readonly sha512: string } {
  const { sha256 = '', sha512 = '' } = bytesOf(record) ?? {};
  return { sha256, sha512 };
}

/** The bytes of artifacts of the type `object`, as a neighbour of the queue. */
export const OBJECT_SERVICE: Service<ObjectContext> = {
  name: 'object',
  version: 'v1',
  title: 'Object',
  parameters: { name: { pattern: /^[\x20-\x7e]{1,1100}$/, slashes: 'any' } },
  methods: [...systemMethods<ObjectContext>(), ...METHODS],
};
