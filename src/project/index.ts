export { DEFAULT_KIND, detectProject, PROJECT_KINDS } from './detect.ts';
export { readTemplate } from './detect-template.ts';
export { existingDefinition, type WriteDefinitionOptions, writeDefinition } from './detect-write.ts';
export {
  type FetchGitOptions,
  fetchGit,
  GitFetchError,
  type GitFetchErrorCode,
  shownGitUrl,
} from './fetch-git.ts';
export { type GitTarget, ownerAndProject, parseGitTarget } from './fetch-target.ts';
export { type GitOrigin, readGitFacts, readGitOrigin, userName } from './git-facts.ts';
export {
  DEFINITION_NAMES,
  type DefinitionPlace,
  type LoadedDefinition,
  loadDefinition,
} from './load-definition.ts';
