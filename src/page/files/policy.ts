/**
 * What the page may do in a browser: run its own scripts, show itself, and talk to its own server. A script that got into a
 * name, a log or an artifact is not run, and could not tell anybody anything.
 */
export const PAGE_POLICY = policyOf("style-src 'self'");

/** The same for the shell, whose terminal writes its own style. */
export const SHELL_POLICY = policyOf("style-src 'self' 'unsafe-inline'");

function policyOf(styles: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    styles,
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
