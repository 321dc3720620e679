export { PROVENANCE_PREDICATE } from './sign-statements.ts';
export {
  deriveSigningKey,
  openSigningKeys,
  type PublicSigningKey,
  publicSigningKey,
  readPublicKey,
  type SigningKeys,
} from './signing-keys.ts';
export * from './verify-image.ts';
