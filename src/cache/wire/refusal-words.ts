import { visibleText } from '../../kernel/index.ts';

/** What a server of ours says of a request that it refuses. */
export interface RefusalWords {
  readonly message?: string;
  readonly hint?: string;
}

const SHOWN = 500;

/** Reads the body of a refusal; what is none says nothing. */
export function refusalWords(body: Buffer): RefusalWords {
  try {
    const value: unknown = JSON.parse(body.toString());
    const { message, hint } = (typeof value === 'object' && value !== null ? value : {}) as Record<
      string,
      unknown
    >;
    return {
      ...(typeof message === 'string' && { message: visibleText(message.slice(0, SHOWN)) }),
      ...(typeof hint === 'string' && { hint: visibleText(hint.slice(0, SHOWN)) }),
    };
  } catch {
    return {}; // a proxy's page
  }
}
