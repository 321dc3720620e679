export { checkRequirements } from './check.ts';
export { createRecipe, RECIPE_VERSION, type RecipeSettings, writeContext } from './context.ts';
export { KINDS, type Kind, kindOf } from './kind.ts';
export { BUILD_FOLDER } from './script.ts';
export { isSubset } from './subset.ts';
