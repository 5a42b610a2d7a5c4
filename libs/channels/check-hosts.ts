import type { Connector } from '@parley/connector';
import { type House, PrivateAddressError, publicAddresses } from '@parley/runtime';

export interface HostProblem {
  /** JSON Pointer into the settings; empty when it cannot be told which one it is. */
  readonly path: string;
  readonly message: string;
}

const RESOLVE_TIMEOUT_MS = 3_000;

/**
 * Hosts in settings that lead to this machine or its network, which only the operator may allow. A name that cannot be
 * resolved now is no problem here: each connection is looked at again when it is made.
 */
export async function checkHosts(house: House, connector: Connector, settings: unknown): Promise<HostProblem[]> {
  if (house.config.allowPrivateHosts || !connector.hosts) return [];
  const hosts = [...new Set(connector.hosts(settings))];
  const problems = await Promise.all(
    hosts.map(async (host) => {
      const name = hostName(host);
      return (await isPrivate(name)) ? { path: pathOf(settings, host), message: messageFor(name) } : null;
    }),
  );
  return problems.filter((problem) => problem !== null);
}

const messageFor = (name: string): string =>
  `${name} leads to a private or local address, which this Parley does not allow (PARLEY_ALLOW_PRIVATE_HOSTS)`;

function hostName(host: string): string {
  return host.includes('://') && URL.canParse(host) ? new URL(host).hostname : host;
}

async function isPrivate(name: string): Promise<boolean> {
  if (/(^|\.)localhost\.?$/i.test(name)) return true;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), RESOLVE_TIMEOUT_MS);
  });
  const asked = publicAddresses(name).then(
    () => false,
    (error: unknown) => error instanceof PrivateAddressError,
  );
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

/** Where the settings name this host. */
function pathOf(settings: unknown, host: string): string {
  if (settings === host) return '';
  if (typeof settings !== 'object' || settings === null) return '';
  for (const [name, value] of Object.entries(settings)) {
    if (value === host) return `/${name}`;
    const inner = typeof value === 'object' ? pathOf(value, host) : '';
    if (inner) return `/${name}${inner}`;
  }
  return '';
}
