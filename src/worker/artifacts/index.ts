export { artifactsFeature } from './artifacts-feature.ts';
export { type ArtifactUpload, type UploadOptions, uploadArtifact } from './upload-artifact.ts';
export { UploadError } from './upload-error.ts';
