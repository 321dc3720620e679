export { ImageError } from './image-error.ts';
export { createImageManager, type EnsuredImage, type ImageManager } from './image-manager.ts';
