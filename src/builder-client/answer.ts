import { visibleText } from '../kernel/index.ts';
import { BuilderClientError } from './error.ts';
import { type Answer, type Connection, origin } from './transport.ts';

const MAX_MESSAGE_CHARACTERS = 4000;

const HINTS: Readonly<Record<number, string>> = {
  401: 'The token is AUTH of the environment, or of ~/.wskprops (WSK_CONFIG_FILE): UUID:KEY.',
  403: 'The token is AUTH of the environment, or of ~/.wskprops (WSK_CONFIG_FILE): UUID:KEY.',
};

/** Fields of an answer, wherever the server has them: beside the message, or below `data`. */
export type Fields = Readonly<Record<string, unknown>>;

/** Reads an answer; `call` is what was asked, for messages. Throws `BuilderClientError`. */
export function fieldsOf(call: string, { url }: Connection, answer: Answer): Fields {
  const { status, contentType, body } = answer;
  const fields = parsed(body);
  if (status >= 400) throw refusal(call, url, answer, fields);
  if (status >= 300) throw foreign(call, url, `status ${status}`);
  if (fields === undefined) throw foreign(call, url, `status ${status} with ${contentType || 'no type'}`);
  const { data } = fields;
  return { ...(isObject(data) ? data : {}), ...fields };
}

/** Whether the answer is one of a builder's: its message, and `ok` or `ko`. */
const isEnvelope = (fields: Fields | undefined): fields is Fields & { readonly message: string } =>
  fields !== undefined &&
  typeof fields['message'] === 'string' &&
  (fields['status'] === 'ok' || fields['status'] === 'ko');

/** What a server's refusal becomes. */
function refusal(
  call: string,
  url: string,
  { status, contentType }: Answer,
  fields: Fields | undefined,
): BuilderClientError {
  if ((status === 404 || status === 405) && !isEnvelope(fields)) return unknownRoute(call, url, status);
  const said = [textIn(fields, 'message'), textIn(fields, 'detail')].filter((text) => text !== undefined);
  if (said.length === 0) said.push(`${origin(url)} answered ${status} with ${contentType || 'no type'}`);
  const hint = HINTS[status];
  return new BuilderClientError(`${call}: ${said.join(' (')}${said.length > 1 ? ')' : ''}`, {
    status,
    ...(hint !== undefined && { hint }),
  });
}

const unknownRoute = (call: string, url: string, status: number): BuilderClientError =>
  new BuilderClientError(`${call}: ${url} has no such route (it answered ${status})`, {
    status,
    isUnknownRoute: true,
    hint: `Is ${url} the address of an image builder (ADMIN_API_URL, which ends in /system)? The original's server can only start builds and clean up.`,
  });

/** An answer that no builder gives. */
export const foreign = (call: string, url: string, why: string): BuilderClientError =>
  new BuilderClientError(`${call}: ${origin(url)} answers what no image builder does: ${why}`, {
    hint: `Is ${url} the address of an image builder (ADMIN_API_URL, which ends in /system)?`,
  });

/** What servers say is text of others. */
function textIn(fields: Fields | undefined, name: 'message' | 'detail'): string | undefined {
  const text = fields?.[name];
  if (typeof text !== 'string') return undefined;
  const lines = text.slice(0, MAX_MESSAGE_CHARACTERS).trim().split('\n').map(visibleText);
  return lines.join('\n') || undefined;
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
