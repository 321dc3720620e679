import { StoreError } from '../store/index.ts';

const BUILT_IN = /^(?:Type|Range|Reference|Syntax|Eval|URI|Aggregate)?Error$/;
const MAX_CAUSES = 5;

/** What the log says of an error. Other fields of errors are left out: those of clients' libraries hold whole requests. */
export function errorFacts(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, cause, stack } = error;
  const code = 'code' in error ? { code: String(error.code) } : {};
  const isForeseen = error instanceof StoreError || !BUILT_IN.test(name);
  return {
    name,
    ...code,
    message,
    ...(cause !== undefined && { causes: causesOf(cause) }),
    ...(!isForeseen && { stack }),
  };
}

function causesOf(cause: unknown): string[] {
  const causes: string[] = [];
  for (let next = cause; next instanceof Error && causes.length < MAX_CAUSES; next = next.cause) {
    causes.push(`${next.name}: ${next.message}`);
  }
  return causes;
}
