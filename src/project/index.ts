export { DEFAULT_KIND, detectProject, PROJECT_KINDS } from './detect.ts';
export { readTemplate } from './detect-template.ts';
export { existingDefinition, type WriteDefinitionOptions, writeDefinition } from './detect-write.ts';
export { readGitFacts, userName } from './git-facts.ts';
export {
  DEFINITION_NAMES,
  type DefinitionPlace,
  type LoadedDefinition,
  loadDefinition,
} from './load-definition.ts';
