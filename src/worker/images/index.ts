export { ImageError } from './image-error.ts';
export { createImageManager, type EnsuredImage, type ImageManager } from './image-manager.ts';
export { fullImageName, isNamedByPipeline } from './made-here.ts';
export { mayUseImage } from './named-image.ts';
