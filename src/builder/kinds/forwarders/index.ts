import { FORWARD_NODE } from './node.ts';
import { FORWARD_PERL } from './perl.ts';
import { FORWARD_PYTHON } from './python.ts';
import { FORWARD_RUBY } from './ruby.ts';

/**
 * Programs for a build without a network, by their names in the context: each listens on a port of the loopback interface and
 * passes connections on to the server's socket, since no package manager takes a socket for a proxy. Their arguments are
 * the port, the socket, and a file that they make when they listen. An image needs to have one of their languages.
 */
export const FORWARDERS = {
  'slipway-forward.pl': FORWARD_PERL,
  'slipway-forward.py': FORWARD_PYTHON,
  'slipway-forward.cjs': FORWARD_NODE,
  'slipway-forward.rb': FORWARD_RUBY,
} as const;
