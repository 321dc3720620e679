export { configurationSchema } from './configuration-schema.ts';
export { ConfigurationError } from './error.ts';
export { type ConfigField, type FieldPath, SECTIONS } from './fields.ts';
export type { KindValues, SecretReference } from './kinds.ts';
export {
  type ConfigurationFile,
  type ConfigurationOptions,
  readConfiguration,
} from './read-configuration.ts';
export { readSecret, type SecretOptions } from './read-secret.ts';
export { retentionRules } from './retention-rules.ts';
export { type Origin, type Setting, type Settings, type SettingsInput, settleSettings } from './settings.ts';
export { type StoreLocationOptions, storeLocation } from './store-location.ts';
export { SECRET_VARIABLES, type StrangeVariable, strangeVariables } from './variables.ts';
