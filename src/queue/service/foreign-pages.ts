import { type Authenticate, foreignPage, type OwnAddresses } from '../../auth/index.ts';
import { QueueError } from '../error.ts';

/**
 * An open server does what anybody asks who can reach it, and every page that its person looks at can. No page can sign: who
 * does not sign is looked at. Throws `InsufficientScopes`.
 */
export function refuseForeignPages(authenticate: Authenticate, addresses: OwnAddresses): Authenticate {
  return (request) => {
    const caller = authenticate(request);
    const page = caller.clientId === 'anonymous' ? foreignPage(request.headers, addresses) : undefined;
    if (page !== undefined) throw refusal(page);
    return caller;
  };
}

const refusal = (what: string): QueueError =>
  new QueueError(
    'InsufficientScopes',
    `This server is open to whoever reaches it, but not to other people's web pages, and this request ${what}. Give the server clients (--clients), or its name (--root-url).`,
  );
