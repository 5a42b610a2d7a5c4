import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are not of the public internet: this machine, this network, and what the registries keep for special use
 * (IANA special-purpose address registries; https://www.iana.org/assignments/iana-ipv4-special-registry).
 */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  // Unspecified, loopback and the old IPv4-compatible ones; IPv4-mapped ones are judged as the IPv4 they are.
  ['::', 96],
  // Translators: the address behind is an IPv4 one that we cannot be sure of.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv6');
}

/** May we connect to this IP address on somebody else's word? False for what is no IP address. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return false;
  if (family === 4) return !notPublic.check(bare, 'ipv4');
  const mapped = mappedIpv4(bare);
  return mapped ? !notPublic.check(mapped, 'ipv4') : !notPublic.check(bare, 'ipv6');
}

/** `::ffff:127.0.0.1`, `::ffff:7f00:1` → `127.0.0.1`. The URL parser writes every spelling of it in one way. */
function mappedIpv4(address: string): string | undefined {
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const groups = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(written);
  if (!groups) return undefined;
  const bits = (Number.parseInt(groups[1] ?? '', 16) << 16) | Number.parseInt(groups[2] ?? '', 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
