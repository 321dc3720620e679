import type { Diagnostic } from '../../kernel/index.ts';
import type { RuntimeKind } from '../build.ts';

/**
 * What is certainly wrong with a requirement file, before anything is built; empty where a tool may still take it. Never throws,
 * whatever the text.
 */
export function checkRequirements(_kind: RuntimeKind, _text: string): readonly Diagnostic[] {
  return [];
}
