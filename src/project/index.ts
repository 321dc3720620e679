export { readGitFacts, userName } from './git-facts.ts';
export {
  DEFINITION_NAMES,
  type DefinitionPlace,
  type LoadedDefinition,
  loadDefinition,
} from './load-definition.ts';
