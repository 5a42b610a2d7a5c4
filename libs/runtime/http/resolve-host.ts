import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { ParleyError } from '@parley/model';
import { isPublicAddress } from './public-address';

/** A host that leads to this machine or its network, where only the operator may point. */
export class PrivateAddressError extends ParleyError {
  constructor(readonly host: string) {
    super(
      'private-address',
      `${host} leads to a private or local address. The operator may allow that with PARLEY_ALLOW_PRIVATE_HOSTS=1.`,
    );
  }
}

/**
 * The addresses of a host that may be connected to.
 * @throws PrivateAddressError when there are others only; the resolver's own error when the name is not known.
 */
export async function publicAddresses(host: string): Promise<LookupAddress[]> {
  const bare = bareHost(host);
  const family = isIP(bare);
  const found = family ? [{ address: bare, family }] : await lookUpAll(bare);
  const allowed = found.filter(({ address }) => isPublicAddress(address));
  if (allowed.length === 0) throw new PrivateAddressError(bare);
  return allowed;
}

/** As `net.connect` calls it: the very addresses that were judged are the ones connected to. */
export const publicLookup: LookupFunction = (host, options, callback) => {
  publicAddresses(host).then(
    (addresses) => {
      const wanted = options.family === 4 || options.family === 6 ? options.family : undefined;
      const fitting = wanted ? addresses.filter(({ family }) => family === wanted) : addresses;
      const first = fitting[0] ?? addresses[0];
      if (options.all) callback(null, fitting.length > 0 ? fitting : addresses);
      else callback(null, first?.address ?? '', first?.family);
    },
    (error) => callback(error, '', 0),
  );
};

/** An IP address as the URL parser reads it: `0x7f.1`, `2130706433` and `[::1]` are what they mean. */
function bareHost(host: string): string {
  const literal = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const url = `http://${literal}/`;
  const read = URL.canParse(url) ? new URL(url).hostname : host;
  return read.replace(/^\[|\]$/g, '');
}

function lookUpAll(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });
}
