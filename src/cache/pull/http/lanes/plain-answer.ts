/** The head of an answer that is nothing but a file: `200`, and how long it is. */
export interface PlainAnswer {
  readonly sizeBytes: number;
  /** Whether the connection ends behind it. */
  readonly isLast: boolean;
}

const STATUS = /^HTTP\/1\.1 200(?: [^\r\n]*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const LENGTH = /^\d{1,15}$/;

/**
 * Reads the head of an answer, without the empty line at its end. `undefined` for everything that is not said plainly: other
 * statuses, other forms of a body, fields that are there twice or are no fields. Somebody else reads these again, who may.
 */
export function readPlainAnswer(head: string): PlainAnswer | undefined {
  const [status = '', ...lines] = head.split('\r\n');
  if (!STATUS.test(status)) return undefined;
  let length: string | undefined;
  let isLast = false;
  for (const line of lines) {
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    switch (name?.toLowerCase()) {
      case undefined:
      case 'transfer-encoding':
      case 'trailer':
      case 'upgrade':
        return undefined;
      case 'content-length':
        if (length !== undefined || !LENGTH.test(value)) return undefined;
        length = value;
        break;
      case 'content-encoding':
        if (value.toLowerCase() !== 'identity') return undefined;
        break;
      case 'connection':
        isLast ||= value.toLowerCase() !== 'keep-alive';
    }
  }
  return length === undefined ? undefined : { sizeBytes: Number(length), isLast };
}
