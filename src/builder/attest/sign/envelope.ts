import { type KeyObject, sign, verify } from 'node:crypto';

/** What is in an envelope: a statement of in-toto, in JSON. */
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';
/** The envelope itself, as DSSE has it. */
export const ENVELOPE_TYPE = 'application/vnd.dsse.envelope.v1+json';

/** What is signed: type and content with their lengths, so that neither can be taken for a part of the other. */
const signedBytes = (type: string, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/** Signs a statement; each time it is other bytes. */
export function sealStatement(statement: Buffer, signer: KeyObject): Buffer {
  const sig = sign('sha256', signedBytes(STATEMENT_TYPE, statement), signer).toString('base64');
  // As cosign writes it: which key it was is found by trying those that are trusted.
  const signatures = [{ keyid: '', sig }];
  return Buffer.from(
    JSON.stringify({ payloadType: STATEMENT_TYPE, payload: statement.toString('base64'), signatures }),
  );
}

/** A statement, and the key that vouches for it. */
export interface OpenedEnvelope {
  readonly statement: Buffer;
  readonly key: KeyObject;
}

/** `undefined`: it is no envelope, or none of the keys has signed it. Only what is signed is given. */
export async function openEnvelope(
  bytes: Buffer,
  trusted: readonly KeyObject[],
): Promise<OpenedEnvelope | undefined> {
  const { Envelope } = await import('./schema.ts');
  const read = Envelope.safeParse(parsed(bytes));
  if (!read.success || read.data.payloadType !== STATEMENT_TYPE) return undefined;
  const statement = Buffer.from(read.data.payload, 'base64');
  const signed = signedBytes(STATEMENT_TYPE, statement);
  const signatures = read.data.signatures.map(({ sig }) => Buffer.from(sig, 'base64'));
  const key = trusted.find((each) => signatures.some((one) => verify('sha256', signed, each, one)));
  return key && { statement, key };
}

function parsed(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return value;
  } catch {
    return undefined;
  }
}
