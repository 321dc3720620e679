export { downloadCredentials, uploadCredentials } from './object-credentials.ts';
export { artifactOfObject, type OfRun, objectName } from './object-name.ts';
export { bytesOf, isUploaded, withPromises } from './upload-facts.ts';
export {
  changeUpload,
  finishUpload,
  knownObject,
  type ObjectPlaces,
  openUpload,
  requireUpload,
  storeBytes,
} from './uploads.ts';
