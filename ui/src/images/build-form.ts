/** The languages that the image builder knows, with what their requirement file is usually called. */
export const KINDS = {
  nodejs: 'package.json',
  python: 'requirements.txt',
  go: 'go.mod',
  java: 'pom.xml',
  php: 'composer.json',
  ruby: 'Gemfile',
  dotnet: 'project.json',
} as const;

export type Kind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[]; // the keys of a record of kinds are kinds

/** An image as the form asks for it, every field as it was typed. */
export interface BuildForm {
  /** `''`: it is extended from `source`; else an id of the catalogue. */
  readonly builder: string;
  readonly source: string;
  readonly user: string;
  readonly tag: string;
  readonly kind: Kind;
  /** Of the requirement file. */
  readonly text: string;
  readonly force: boolean;
}

export type BuildField = keyof BuildForm;

export const EMPTY_BUILD: BuildForm = {
  builder: '',
  source: '',
  user: '',
  tag: '',
  kind: 'nodejs',
  text: '',
  force: false,
};

/** What the builder is asked for. */
export type BuildOrder =
  | {
      readonly type: 'start';
      readonly body: {
        readonly source: string;
        readonly target: string;
        readonly kind: Kind;
        readonly file?: string;
        readonly force?: true;
      };
    }
  | {
      readonly type: 'ensure';
      readonly body: { readonly builder: string; readonly user: string; readonly file: string };
    };

const USER = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const MAX_CHARACTERS = 5_000_000;

/** The order that a form makes, or what is wrong with it by the field in which it can be mended. */
export function orderOf(form: BuildForm): {
  readonly order: BuildOrder | undefined;
  readonly problems: ReadonlyMap<BuildField, string>;
} {
  const problems = new Map<BuildField, string>();
  const [source, user, tag] = [form.source.trim(), form.user.trim().toLowerCase(), form.tag.trim()];
  const isOfCatalogue = form.builder !== '';
  const hasFile = form.text.trim() !== '';
  if (user === '') problems.set('user', 'A user is needed: whose image it is.');
  else if (!USER.test(user))
    problems.set('user', 'Expected lower-case letters and digits, with . _ - between.');
  if (!isOfCatalogue) {
    if (source === '') problems.set('source', 'An image is needed: the one that is extended.');
    else if (/\s/.test(source)) problems.set('source', 'Expected the name of an image, without blanks.');
    if (tag === '') problems.set('tag', 'A tag is needed.');
    else if (!TAG.test(tag))
      problems.set('tag', 'Expected up to 128 letters, digits and any of _ . - with no . or - first.');
  }
  if (isOfCatalogue && !hasFile) problems.set('text', 'An image of the catalogue needs a requirement file.');
  if (form.text.length > MAX_CHARACTERS) problems.set('text', 'The file has more than 5,000,000 characters.');
  if (problems.size > 0) return { order: undefined, problems };
  const file = hasFile ? base64(form.text) : undefined;
  if (isOfCatalogue)
    return { order: { type: 'ensure', body: { builder: form.builder, user, file: file ?? '' } }, problems };
  return {
    order: {
      type: 'start',
      body: {
        source,
        target: `${user}:${tag}`,
        kind: form.kind,
        ...(file !== undefined && { file }),
        ...(form.force && { force: true }),
      },
    },
    problems,
  };
}

const PIECE = 0x8000;

/** UTF-8 in base64, in pieces that the stack has room for. */
export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE)
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(binary);
}

/** The kind whose requirement file has such a name. */
export const kindOfFile = (name: string): Kind | undefined =>
  KIND_NAMES.find((kind) => KINDS[kind].toLowerCase() === name.toLowerCase());

/** The field that a refusal of the builder is about: its detail begins with the field's name. */
export function fieldOfRefusal(message: string, detail: string | undefined): BuildField | undefined {
  const [, name] = /^(source|target|kind|file|force|user):/.exec(detail ?? '') ?? [];
  if (name === 'target') return /before the colon/.test(detail ?? '') ? 'user' : 'tag';
  if (name === 'file') return 'text';
  if (name !== undefined) return name as BuildField; // one of the names above
  if (/requirements? file/i.test(message) || /build file/i.test(message)) return 'text';
  if (/source/i.test(message)) return 'source';
  return undefined;
}

/** What is wrong, by the field in which it can be mended. */
export type Problems = ReadonlyMap<BuildField, string>;

/** What a part of the form is drawn from. */
export interface PartProps {
  readonly form: BuildForm;
  readonly change: (changed: Partial<BuildForm>) => void;
}
