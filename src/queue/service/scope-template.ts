import type { ScopeExpression } from '../../auth/index.ts';

/**
 * What scopes a call needs, before its values are known: `<name>` stands for one of them, `each` for one scope for every
 * element of a list.
 */
export type ScopeTemplate =
  | string
  | { readonly AllOf: readonly ScopeTemplate[] }
  | { readonly AnyOf: readonly ScopeTemplate[] }
  | { readonly each: string; readonly for: string; readonly in: string };

/** What stands for the names of a template. */
export type ScopeFacts = Readonly<Record<string, string | readonly string[]>>;

const NAME = /<([^>]+)>/g;

/** All names that a template needs a value for. */
export function namesOf(template: ScopeTemplate): string[] {
  if (typeof template === 'string') return [...template.matchAll(NAME)].map(([, name = '']) => name);
  if ('AllOf' in template) return template.AllOf.flatMap(namesOf);
  if ('AnyOf' in template) return template.AnyOf.flatMap(namesOf);
  return [...namesOf(template.each).filter((name) => name !== template.for), template.in];
}

/** The scopes that a call needs. A name without a value is a defect of the table, and throws. */
export function fillIn(template: ScopeTemplate, facts: ScopeFacts): ScopeExpression {
  if (typeof template === 'string') return text(template, facts);
  if ('AllOf' in template) return { AllOf: template.AllOf.flatMap((each) => parts(each, facts)) };
  if ('AnyOf' in template) return { AnyOf: template.AnyOf.flatMap((each) => parts(each, facts)) };
  return { AllOf: parts(template, facts) };
}

/** A list stands in the place of its elements: inside of `AnyOf` one of them is enough. */
function parts(template: ScopeTemplate, facts: ScopeFacts): ScopeExpression[] {
  if (typeof template === 'string' || !('each' in template)) return [fillIn(template, facts)];
  const list = facts[template.in];
  if (!Array.isArray(list)) throw new TypeError(`the scopes ${template.each} need the list ${template.in}`);
  return list.map((value: string) => text(template.each, { ...facts, [template.for]: value }));
}

const text = (template: string, facts: ScopeFacts): string =>
  template.includes('<')
    ? template.replace(NAME, (_all, name: string) => {
        const value = facts[name];
        if (typeof value !== 'string') throw new TypeError(`the scope ${template} needs ${name}`);
        return value;
      })
    : template;
