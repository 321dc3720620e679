import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { openClients } from '../../../auth/index.ts';
import { readTlsPair } from '../../../server/index.ts';
import { type Check, failed, ok, skipped, warning } from '../check.ts';

export const CLIENTS: Check = {
  name: 'clients',
  async run({ server: { clientsFile, ownsClients, access } }) {
    const open = access === 'open' ? ', and whoever reaches the server may do everything without one' : '';
    if (ownsClients && !existsSync(clientsFile))
      return ok(`${clientsFile} is made at the first start${open}`);
    const { size } = await openClients(clientsFile, { onError: () => undefined });
    const found = `${clientsFile} has ${size} ${size === 1 ? 'client' : 'clients'}${open}`;
    const { mode } = await stat(clientsFile);
    if ((mode & 0o044) !== 0)
      return warning(`${found}; others may read it`, `tokens are in it: chmod 600 ${clientsFile}`);
    return ok(found);
  },
};

const DAY_MS = 86_400_000;
const SOON_DAYS = 21;

export const TLS: Check = {
  name: 'tls',
  async run({ listen: { tlsFiles, host }, server: { isLoopback, rootUrl } }) {
    if (tlsFiles === undefined) {
      if (isLoopback) return skipped('HTTP, on this machine alone');
      return warning(
        `HTTP on ${host}`,
        'signatures are safe there, and logs and artifacts are not: give --certfile and --keyfile, or have a proxy with TLS before it',
      );
    }
    const { cert } = await readTlsPair(tlsFiles);
    const certificate = new X509Certificate(cert);
    const names = certificate.subjectAltName?.replaceAll('DNS:', '') ?? 'no names';
    const found = `${tlsFiles.certFile} for ${names}, until ${certificate.validToDate.toISOString()}`;
    const leftDays = (certificate.validToDate.getTime() - Date.now()) / DAY_MS;
    if (leftDays < 0) return failed(`${found}: it has expired`, 'renew it, and send the server SIGHUP');
    if (certificate.validFromDate.getTime() > Date.now())
      return failed(
        `${found}: it is valid from ${certificate.validFromDate.toISOString()} on`,
        'look at the clock of this machine',
      );
    const stranger = strangerTo(certificate, rootUrl);
    if (stranger !== undefined)
      return warning(`${found}: ${stranger}`, 'have one made for the name that clients call');
    if (leftDays < SOON_DAYS)
      return warning(`${found}: ${daysText(leftDays)}`, 'renew it, and send the server SIGHUP');
    return ok(found);
  },
};

/** Why clients will not take it for this server; `undefined`: they may. */
function strangerTo(certificate: X509Certificate, rootUrl: string | undefined): string | undefined {
  if (certificate.subjectAltName === undefined)
    return 'no client takes one without a subject alternative name';
  const { protocol, hostname } = rootUrl === undefined ? {} : new URL(rootUrl);
  if (protocol !== 'https:' || hostname === undefined) return undefined;
  const name = hostname.replace(/^\[|\]$/g, '');
  const isItsOwn = isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return isItsOwn === undefined ? `it is not for ${name}, which --root-url says` : undefined;
}

/** Whole days: what is left of the last one is less than one. */
const daysText = (days: number): string => {
  const whole = Math.floor(days);
  if (whole === 0) return 'less than a day';
  return whole === 1 ? 'a day' : `${whole} days`;
};
